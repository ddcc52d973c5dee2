//! Bytes that nobody can guess: identities, keys, salts and nonces.

use crate::error::{Error, Result};
use std::io;

/// Bytes from the operating system.
pub(crate) fn draw<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    fill(&mut bytes)?;
    Ok(bytes)
}

/// Fills bytes in their place, of which no copy is left elsewhere.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|error| {
        let source = io::Error::other(error.to_string());
        Error::io("random bytes", "draw", source)
    })
}
