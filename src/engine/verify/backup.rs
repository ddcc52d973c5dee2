//! Verifying a backup: its files are what the listing says, and a whole log up to where it says.

use crate::codec::hexadecimal;
use crate::engine::recovery;
use crate::engine::verify::report::{Place, Problem};
use crate::engine::verify::{Findings, Verification};
use crate::error::{Error, Result};
use crate::log::backup::{self, Listed, Listing, differs, hashed};
use crate::log::frame::Chain;
use crate::media::Medium;
use crate::options::Options;
use crate::steps::{GoOn, Part, Steps};

/// Verifies the backup that a listing is of. Nobody may be making one there.
pub(super) fn verify(
    medium: &dyn Medium,
    listing: &Listing,
    options: &Options,
    witness: Option<(u64, Chain)>,
    go_on: GoOn<'_>,
) -> Result<Findings> {
    let manifest = backup::read_manifest(medium, listing)?;
    let (keyring, _) = recovery::unlock(&manifest, &options.encryption)?;
    let there = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
    let names = there.into_iter().filter(|name| listing.has(name)).collect();
    let (keyring, keeps_log) = (&keyring, false);
    let verification =
        Verification { medium, keyring, names, until: None, keeps_log, witness, go_on };
    let mut findings = verification.run()?;
    // Its segments are all ended: none may be torn. The hash will not fit.
    findings.torn = None;
    let all = || listing.files.iter().chain([&listing.manifest]);
    let steps = Steps::begin(Part::Reading, all().map(|file| file.bytes).sum(), go_on)?;
    for listed in all() {
        if let Some(problem) = compare(medium, listed, &steps)?
            && !findings.problems.iter().any(|known| is_of_one_file(known, &problem))
        {
            findings.problems.push(problem);
        }
    }
    let end = (findings.newest, hexadecimal(&findings.chain));
    if findings.problems.is_empty() && (end.0, &end.1) != (listing.version, &listing.chain) {
        let (expected, found) = ((listing.version, &listing.chain), (end.0, &end.1));
        let text = |(version, chain)| format!("a log up to version {version} with hash {chain}");
        findings.problems.push(Problem::of_corrupt(Error::Corrupt {
            file: medium.path(backup::FILE),
            offset: 0,
            expected: text(expected),
            found: text(found),
        })?);
    }
    Ok(findings)
}

/// What is wrong with a file, beside the listing.
fn compare(medium: &dyn Medium, listed: &Listed, steps: &Steps<'_>) -> Result<Option<Problem>> {
    let compared =
        hashed(medium, &listed.name, steps).and_then(|found| differs(medium, listed, &found));
    compared.map_or_else(|error| Problem::of_corrupt(error).map(Some), |()| Ok(None))
}

fn is_of_one_file(one: &Problem, other: &Problem) -> bool {
    match (&one.place, &other.place) {
        (Place::File { path: one, .. }, Place::File { path: other, .. }) => one == other,
        _ => false,
    }
}
