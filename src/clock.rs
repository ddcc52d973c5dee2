//! What time it is: for the dates of versions, for who reads records that expire, and for the sweeper.
//!
//! The clock is the system's. A test has one of its own (feature `simulation`), which stands still until it
//! is told otherwise: then nothing depends on how long the test takes, and nobody has to wait for a deadline.

#[cfg(feature = "simulation")]
pub(crate) mod simulated;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The longest that somebody sleeps for a time to come. What is slept is measured by another clock than the
/// system's, which may be set, or go on while the machine sleeps: so it is looked at now and then.
const MOST_SLEEP: Duration = Duration::from_mins(1);

/// Where the time comes from.
#[derive(Debug, Clone, Default)]
pub(crate) enum Clock {
    #[default]
    System,
    #[cfg(feature = "simulation")]
    Simulated(std::sync::Arc<simulated::Time>),
}

/// Called when a clock was set; tells whether it wants to be called again.
pub(crate) type Listener = Box<dyn Fn() -> bool + Send + Sync>;

impl Clock {
    /// In nanoseconds since 1970.
    pub(crate) fn now_nanos(&self) -> u64 {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
            }
            #[cfg(feature = "simulation")]
            Self::Simulated(time) => time.nanos(),
        }
    }

    /// For how long to sleep until a time, in nanoseconds since 1970, before looking again; zero when it has
    /// come.
    pub(crate) fn left_until(&self, nanos: u64) -> Duration {
        let left = Duration::from_nanos(nanos.saturating_sub(self.now_nanos()));
        match self {
            Self::System => left.min(MOST_SLEEP),
            #[cfg(feature = "simulation")]
            Self::Simulated(_) if left.is_zero() => left,
            // No time passes by itself: who sleeps is woken when the clock is set.
            #[cfg(feature = "simulation")]
            Self::Simulated(_) => Duration::MAX,
        }
    }

    /// Calls somebody from now on when the clock was set, where that is something that the clock knows of.
    /// None of the clock's users may be waiting for a lock that the listener holds, or the other way round.
    pub(crate) fn listen(&self, listener: Listener) {
        match self {
            Self::System => drop(listener),
            #[cfg(feature = "simulation")]
            Self::Simulated(time) => time.listen(listener),
        }
    }
}
