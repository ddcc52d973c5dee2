//! `rotate-key`: another key for an encrypted store.

use crate::exit::Result;
use crate::session::Session;
use std::path::PathBuf;

pub(super) fn rotate(session: Session<'_>, file: Option<&PathBuf>, full: bool) -> Result<()> {
    let key = session.new_key(file)?;
    session.write(|store| {
        if !full {
            return Ok(store.rotate_key(key)?);
        }
        let shown = session.goes_on("encrypting anew");
        let kept = store.observed(|step| shown.step(step)).reencrypt(key)?.kept_segments;
        drop(shown);
        if kept > 0 {
            session.say(&format!("{kept} segments of the ledger stay as they were encrypted"));
        }
        Ok(())
    })
}
