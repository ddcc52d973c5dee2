//! Opening the store as a command needs it, and keys.

use crate::arguments::Common;
use crate::exit::{Failure, Result};
use crate::indexes::Indexes;
use crate::progress::{Progress, Steps};
use crate::rows::{self, Collection, Filter};
use crate::{exit, time};
use folio::{EncryptionKey, Error, Options, Snapshot, Store};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The variable that has the key.
const KEY: &str = "FOLIO_KEY";
/// The variable that has the key to come.
const NEW_KEY: &str = "FOLIO_NEW_KEY";

/// What goes with every command, in use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Session<'a> {
    common: &'a Common,
    /// The store, where it is held open across commands, and what is known of its fields.
    held: Option<(&'a Store, &'a Indexes)>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(common: &'a Common) -> Self {
        Self { common, held: None }
    }

    /// One of the commands of an interactive session, which holds the store.
    pub(crate) fn held(common: &'a Common, store: &'a Store, indexes: &'a Indexes) -> Self {
        Self { common, held: Some((store, indexes)) }
    }

    /// The store, where it is held.
    pub(crate) fn held_store(self) -> Option<&'a Store> {
        self.held.map(|(store, _)| store)
    }

    /// Lets a filter look at fewer records, where an index of the session tells which.
    pub(crate) fn narrow(
        self,
        snapshot: &Snapshot,
        collection: &Collection,
        filter: &mut Filter,
    ) -> Result<()> {
        match self.held {
            // They have the newest version, and would be made anew for another one.
            Some((store, indexes)) if self.common.at.is_none() => {
                indexes.narrow(store, snapshot, collection, filter)
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn common(self) -> &'a Common {
        self.common
    }

    /// The directory of the store.
    pub(crate) fn path(self) -> Result<&'a Path> {
        self.common.file.as_deref().filter(|path| !path.as_os_str().is_empty()).ok_or_else(|| {
            Failure::Usage(
                "which store? name its directory with --file, or in FOLIO_FILE".to_owned(),
            )
        })
    }

    /// The store for reading, beside whoever writes it. It shows what is in its files now.
    pub(crate) fn reader(self) -> Result<Store> {
        if let Some(held) = self.held_store() {
            return Ok(held.clone());
        }
        self.follow(self.options()?.follow_interval(Duration::MAX))
    }

    /// The same, and it keeps up with what is written.
    pub(crate) fn follower(self) -> Result<Store> {
        if let Some(held) = self.held_store() {
            return Ok(held.clone());
        }
        self.follow(self.options()?)
    }

    fn follow(self, options: Options) -> Result<Store> {
        let path = self.path()?;
        options.follow(path).map_err(|error| Failure::from(error).about(path))
    }

    /// The version that is to be read: the newest one, or that of `--at`.
    pub(crate) fn snapshot(self) -> Result<Snapshot> {
        let store = self.reader()?;
        let Some(at) = &self.common.at else { return Ok(store.snapshot()) };
        let when = time::when(at)?;
        store.as_of(when).map_err(|error| Failure::from(error).about(self.common.file()))
    }

    /// A collection in the version that is to be read.
    pub(crate) fn collection(self, name: &str) -> Result<(Snapshot, Collection)> {
        if let Some(store) = self.held_store() {
            attach(store, name);
        }
        let snapshot = self.snapshot()?;
        let collection =
            Collection::of(&snapshot, name).map_err(|failure| self.of_collection(failure))?;
        Ok((snapshot, collection))
    }

    /// A failure about a collection in the version that is to be read: what was not there may be there now.
    pub(crate) fn of_collection(self, failure: Failure) -> Failure {
        match (&self.common.at, failure.missing_collection()) {
            (Some(at), Some(name)) => Failure::NotFound(format!(
                "there was no collection `{name}` at {at}; `folio collections --at {at}` lists those that were there, `folio log` when each was created"
            )),
            _ => failure.about(self.common.file()),
        }
    }

    /// The store for writing, which must be there; it is closed when the command is done.
    pub(crate) fn write<R>(self, command: impl FnOnce(&Store) -> Result<R>) -> Result<R> {
        self.write_with(false, command)
    }

    /// The store for writing, which is made where it is not there.
    pub(crate) fn write_or_create<R>(self, command: impl FnOnce(&Store) -> Result<R>) -> Result<R> {
        self.write_with(true, command)
    }

    fn write_with<R>(self, create: bool, command: impl FnOnce(&Store) -> Result<R>) -> Result<R> {
        let path = self.path()?;
        self.must_write()?;
        let about = |error: Error| Failure::from(error).about(path);
        if let Some(held) = self.held_store() {
            return command(held).map_err(|failure| failure.about(path));
        }
        let mut options = self.options()?.create(create);
        if self.common.ledger {
            options = options.ledger(true);
        }
        let store = options.open(path).map_err(about)?;
        let done = command(&store).map_err(|failure| failure.about(path))?;
        store.close().map_err(about)?;
        Ok(done)
    }

    /// Holds that nothing was given that keeps a command from writing.
    pub(crate) fn must_write(self) -> Result<()> {
        let against = match self.common {
            Common { read_only: true, .. } => "--read-only",
            Common { at: Some(_), .. } => "--at",
            _ => return Ok(()),
        };
        Err(Failure::Usage(format!("this command writes, which {against} does not allow")))
    }

    /// Holds that no version was named to a command that looks at the store as it is.
    pub(crate) fn must_be_now(self) -> Result<()> {
        match self.common.at {
            Some(_) => Err(Failure::Usage(
                "this command looks at the store as it is now, which --at does not allow"
                    .to_owned(),
            )),
            None => Ok(()),
        }
    }

    /// Options with the key and the archive.
    pub(crate) fn options(self) -> Result<Options> {
        let mut options = Store::options();
        if let Some(archive) = &self.common.archive {
            options = options.archive(archive);
        }
        let Some(key) = self.key()? else { return Ok(options) };
        self.must_be_encrypted()?;
        Ok(options.encryption(key))
    }

    /// Options with the key, for a directory that is none of an open store.
    pub(crate) fn options_elsewhere(self) -> Result<Options> {
        let options = Store::options();
        Ok(match self.key()? {
            Some(key) => options.encryption(key),
            None => options,
        })
    }

    /// A key for a store that has none would turn encryption on, without a word: it is refused instead.
    fn must_be_encrypted(self) -> Result<()> {
        let path = self.path()?;
        if Self::opens_without_key(path) {
            return Err(Failure::Key(format!(
                "`{}` is not encrypted, yet a key was given; unset {KEY}, or leave --key-file out",
                path.display()
            )));
        }
        Ok(())
    }

    /// Tells where a key was given and the new store in this directory is not encrypted, since what it was made of is not.
    pub(crate) fn tell_unused_key(self, made: &Path) -> Result<()> {
        if self.key()?.is_some() && Self::opens_without_key(made) {
            self.say(
                "the key was not needed: nothing is encrypted, in the new store as in the old one",
            );
        }
        Ok(())
    }

    fn opens_without_key(path: &Path) -> bool {
        Store::options().follow_interval(Duration::MAX).follow(path).is_ok()
    }

    fn key(self) -> Result<Option<EncryptionKey>> {
        match &self.common.key_file {
            _ if self.common.ask_key => asked("Key: ").map(Some),
            Some(file) => key_in(file).map(Some),
            None => Ok(std::env::var_os(KEY).map(|_| EncryptionKey::from_env(KEY))),
        }
    }

    /// The key to come.
    pub(crate) fn new_key(self, file: Option<&PathBuf>) -> Result<EncryptionKey> {
        match file {
            Some(file) => key_in(file),
            None if std::env::var_os(NEW_KEY).is_some() => Ok(EncryptionKey::from_env(NEW_KEY)),
            // A slip of the finger would lock everybody out.
            None if self.common.ask_key => asked_twice("New key: ", "Once more: "),
            None => Err(Failure::Usage(format!(
                "give the new key in {NEW_KEY}, with --new-key-file, or with --ask-key at a terminal"
            ))),
        }
    }

    /// Something that takes a while, and tells its steps.
    pub(crate) fn goes_on(self, what: &'static str) -> Steps {
        Progress::of_steps(self.common.quiet, what)
    }

    /// A message, unless none is wanted.
    pub(crate) fn say(self, message: &str) {
        if !self.common.quiet {
            exit::say(message);
        }
    }
}

impl Common {
    fn file(&self) -> &Path {
        self.file.as_deref().unwrap_or(Path::new(""))
    }
}

/// The key in a file: its text, without the end of its line.
pub(crate) fn key_in(file: &Path) -> Result<EncryptionKey> {
    let failed = |source: io::Error| Failure::Io {
        what: format!("could not read the key in `{}`", file.display()),
        source,
    };
    let text = std::fs::read_to_string(file).map_err(failed)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(EncryptionKey::from_text(line.strip_suffix('\r').unwrap_or(line)))
}

/// A key that is typed at the terminal and not shown.
fn asked(prompt: &str) -> Result<EncryptionKey> {
    typed(prompt).map(|text| EncryptionKey::from_text(&text))
}

fn asked_twice(prompt: &str, again: &str) -> Result<EncryptionKey> {
    let text = typed(prompt)?;
    if typed(again)? != text {
        return Err(Failure::Usage("these are two different keys; nothing was changed".to_owned()));
    }
    Ok(EncryptionKey::from_text(&text))
}

fn typed(prompt: &str) -> Result<String> {
    rpassword::prompt_password(prompt).map_err(|source| Failure::Io {
        what: "could not ask for the key at a terminal".to_owned(),
        source,
    })
}

/// Attaches a collection for as long as the store is open, so that it is not decoded for each command. Where that can't be
/// done, reading it goes without, or tells why not.
fn attach(store: &Store, name: &str) {
    let is_of_documents = rows::find(&store.snapshot(), name).map(|info| info.holds_documents());
    let _ = match is_of_documents {
        Some(true) => store.documents(name).map(drop),
        Some(false) => store.transact(|tx| tx.values(name).map(drop)),
        None => Ok(()),
    };
}
