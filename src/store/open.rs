//! From options to an open store.

use crate::engine::Engine;
use crate::error::Result;
use crate::media::Medium;
use crate::media::disk::Disk;
use crate::options::Options;
use crate::store::Store;
use std::path::Path;
use std::sync::Arc;

impl Options {
    /// Opens the store in a directory.
    ///
    /// # Errors
    ///
    /// Like [`Store::open`].
    pub fn open(self, path: impl AsRef<Path>) -> Result<Store> {
        Store::open_on(Arc::new(Disk::new(path.as_ref())), self)
    }

    /// Follows the store in a directory, like [`Store::follow`], with an
    /// [encryption key](Options::encryption), a [history](Options::history), an [archive](Options::archive) or another
    /// [interval](Options::follow_interval). Options that say how to write have no effect.
    ///
    /// # Errors
    ///
    /// Like [`Store::follow`].
    pub fn follow(self, path: impl AsRef<Path>) -> Result<Store> {
        Store::follow_on(Arc::new(Disk::new(path.as_ref())), self)
    }

    /// A store without files, like [`Store::in_memory`].
    #[must_use]
    pub fn in_memory(self) -> Store {
        Store { engine: Arc::new(Engine::in_memory(self)) }
    }
}

impl Store {
    /// Follows the store on any medium.
    pub(crate) fn follow_on(medium: Arc<dyn Medium>, options: Options) -> Result<Self> {
        Ok(Self { engine: Arc::new(Engine::follow(medium, options)?) })
    }

    /// Opens the store on any medium.
    pub(crate) fn open_on(medium: Arc<dyn Medium>, options: Options) -> Result<Self> {
        Ok(Self { engine: Arc::new(Engine::open(medium, options)?) })
    }
}
