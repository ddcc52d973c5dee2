//! When a record expires, as its type says it and as it is compared.

use std::time::{SystemTime, UNIX_EPOCH};

/// What a field can be that tells when a record expires: a [`SystemTime`], or an [`Option`] of one, where
/// `None` is never.
///
/// ```
/// use folio::Deadline;
/// use std::time::{Duration, SystemTime, UNIX_EPOCH};
///
/// /// Seconds since 1970, as a protocol has them; 0 is never.
/// struct Seconds(u32);
///
/// impl Deadline for Seconds {
///     fn deadline(&self) -> Option<SystemTime> {
///         (self.0 > 0).then(|| UNIX_EPOCH + Duration::from_secs(self.0.into()))
///     }
/// }
/// assert_eq!(Seconds(0).deadline(), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell when a record expires",
    label = "this field can't be a deadline",
    note = "`#[record(expires = field)]` takes a field of type `SystemTime` or `Option<SystemTime>`, or of a type that implements `folio::Deadline`"
)]
pub trait Deadline {
    /// From when on the record is expired; `None` where it never is. It must depend on the value alone.
    fn deadline(&self) -> Option<SystemTime>;
}

impl Deadline for SystemTime {
    fn deadline(&self) -> Option<SystemTime> {
        Some(*self)
    }
}

impl<D: Deadline> Deadline for Option<D> {
    fn deadline(&self) -> Option<SystemTime> {
        self.as_ref()?.deadline()
    }
}

/// A deadline in nanoseconds since 1970. Those before 1970 have passed at every moment; of those that are too far
/// ahead for the number nobody will know.
pub(crate) fn nanos_of(deadline: SystemTime) -> u64 {
    let Ok(since) = deadline.duration_since(UNIX_EPOCH) else { return 0 };
    let nanos = u64::from(since.subsec_nanos());
    since.as_secs().saturating_mul(1_000_000_000).saturating_add(nanos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn deadlines_are_counted_in_nanoseconds() {
        let at = |nanos| nanos_of(UNIX_EPOCH + Duration::from_nanos(nanos));
        for nanos in [0, 1, 999_999_999, 1_000_000_000, u64::MAX] {
            assert_eq!(at(nanos), nanos);
        }
        assert_eq!(nanos_of(UNIX_EPOCH - Duration::from_secs(1)), 0);
        let far = UNIX_EPOCH.checked_add(Duration::from_secs(i64::MAX.unsigned_abs()));
        assert_eq!(far.map(nanos_of), Some(u64::MAX));
    }
}
