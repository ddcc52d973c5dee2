//! Verifying a store that is open.

use crate::engine::Engine;
use crate::engine::verify::report::Problem;
use crate::engine::verify::{Findings, Verification};
use crate::error::{Error, Result};
use crate::log::files::LogFiles;
use crate::log::frame::Chain;
use crate::log::manifest::{self, Manifest};
use crate::steps::{GoOn, Part, Steps};
use std::collections::BTreeMap;

impl Engine {
    /// Verifies the files of the store, as they were written when this is called, and the indexes of the collections that
    /// are attached.
    pub(crate) fn verify(
        &self,
        witness: Option<(u64, Chain)>,
        observer: GoOn<'_>,
    ) -> Result<Findings> {
        let mut findings = match &self.log_files {
            None => self.without_files(),
            Some(files) => match &self.checkpoints {
                Some(checkpoints) => checkpoints
                    .while_held(observer, |go_on| self.verify_files(files, witness, go_on))?,
                // Nobody can be writing.
                None => self.verify_files(files, witness, observer)?,
            },
        };
        self.audit(&mut findings, observer)?;
        Ok(findings)
    }

    fn verify_files(
        &self,
        files: &LogFiles,
        witness: Option<(u64, Chain)>,
        go_on: GoOn<'_>,
    ) -> Result<Findings> {
        let LogFiles { medium, keyring, .. } = files;
        let until = Some(self.pipeline.written()?);
        let names = medium.list().map_err(|error| Error::io(medium.path(""), "list", error))?;
        let keeps_log = self.is_whole_ledger();
        let (medium, keyring) = (&**medium, &**keyring);
        let verification =
            Verification { medium, keyring, names, until, keeps_log, witness, go_on };
        let mut findings = verification.run()?;
        let found = match manifest::read(medium) {
            Ok(Some(Manifest { store, .. })) if store == keyring.store() => return Ok(findings),
            Ok(Some(_)) => "that of another store",
            Ok(None) => "no such file",
            Err(error) => {
                findings.problems.push(Problem::of_corrupt(error)?);
                return Ok(findings);
            }
        };
        let error = Error::Corrupt {
            file: medium.path(manifest::FILE),
            offset: 0,
            expected: "the manifest of the store".to_owned(),
            found: found.to_owned(),
        };
        findings.problems.push(Problem::of_corrupt(error)?);
        Ok(findings)
    }

    /// What there is to say of a store in memory before its indexes are looked at.
    fn without_files(&self) -> Findings {
        let newest = self.pipeline.read(|root| root.number);
        Findings { oldest: newest, newest, ..Findings::default() }
    }

    /// Holds the indexes of all collections that are attached against their records.
    fn audit(&self, findings: &mut Findings, go_on: GoOn<'_>) -> Result<()> {
        let version = self.pipeline.published();
        let mut entries = BTreeMap::new();
        let attached = || version.slots().filter(|slot| slot.table().is_some());
        let records = attached().map(|slot| slot.most_records() as u64).sum();
        let steps = Steps::begin(Part::Indexes, records, go_on)?;
        for slot in attached() {
            let Some(table) = slot.table() else { continue };
            let name = &slot.identity().name;
            let audits = table.audit();
            for audit in &audits {
                if let Some(fault) = audit.fault() {
                    let expected = "just the entries that the records have";
                    findings.problems.push(Problem::of_index(name, audit.index, expected, fault));
                }
            }
            entries.insert(name, audits.iter().map(|audit| audit.entries as u64).sum::<u64>());
            steps.advance(slot.most_records() as u64)?;
        }
        for collection in &mut findings.collections {
            collection.index_entries = entries.get(&collection.name).copied();
        }
        Ok(())
    }
}
