//! Spans and events, told to a subscriber that writes them down.

use crate::{Item, item, lose};
use folio::simulation::{Clock, Disk, Fault, Operation};
use folio::{Record, Result, Store};
use serde::{Deserialize, Serialize};
use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Event, Metadata, Subscriber, subscriber};

/// What was told, a line each.
#[derive(Default, Clone)]
struct Lines {
    lines: Arc<Mutex<Vec<String>>>,
    spans: Arc<AtomicU64>,
}

/// Fields as text.
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}

impl Lines {
    fn write(&self, what: &str, of: &Metadata<'_>, fields: &Fields) {
        let line = format!("{what} {} {}{}", of.level(), of.target(), fields.0);
        self.lines.lock().unwrap().push(line);
    }

    /// Those whose target this is, since the last time.
    fn take(&self, target: &str) -> Vec<String> {
        let is = |line: &String| line.split(' ').nth(2) == Some(target);
        let all = std::mem::take(&mut *self.lines.lock().unwrap());
        all.into_iter().filter(is).collect()
    }
}

impl Subscriber for Lines {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        of.target().starts_with("folio::")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields(format!(" {}", span.metadata().name()));
        span.record(&mut fields);
        self.write("span", span.metadata(), &fields);
        Id::from_u64(1 + self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(String::new());
        event.record(&mut fields);
        self.write("event", event.metadata(), &fields);
    }

    fn record(&self, _: &Id, _: &Values<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Does something with a subscriber.
fn told(act: impl FnOnce(&Lines) -> Result<()>) -> Result<()> {
    let lines = Lines::default();
    subscriber::with_default(lines.clone(), || act(&lines))
}

/// The one line, up to what takes another time each time.
fn only(lines: &[String]) -> String {
    let [line] = lines else { panic!("there is one line: {lines:#?}") };
    let words = line.split(' ').filter(|word| !word.starts_with("duration_us="));
    words.collect::<Vec<_>>().join(" ")
}

#[test]
fn opening_tells_what_was_recovered() -> Result<()> {
    told(|lines| {
        let disk = Disk::new();
        let store = Store::options().open_simulated(&disk)?;
        let opened = lines.take("folio::open");
        assert!(only(&opened).starts_with("span INFO folio::open open path="), "{opened:?}");
        store.collection::<Item>()?.put(item(1, "text"))?;
        store.checkpoint()?;
        store.collection::<Item>()?.put(item(2, "text"))?;
        store.close()?;
        drop(store);
        lines.take("");
        let store = Store::options().open_simulated(&disk)?;
        let bytes = store.stats().opening.log_bytes;
        assert_eq!(
            only(&lines.take("folio::recovery")),
            format!(
                "event INFO folio::recovery message=recovered version=3 checkpoint=2 log_bytes={bytes} torn_bytes=0"
            )
        );
        Ok(())
    })
}

#[test]
fn commits_and_conflicts_are_told_and_no_key_is() -> Result<()> {
    told(|lines| {
        let store = Store::in_memory();
        store.collection::<Item>()?;
        lines.take("");
        store.collection::<Item>()?.put(item(77, "secret"))?;
        assert_eq!(
            lines.take("folio::commit"),
            [
                "span DEBUG folio::commit commit durability=Fsync",
                "event DEBUG folio::commit message=committed version=2"
            ]
        );
        lose(&store, 1)?;
        let all = lines.lines.lock().unwrap().clone();
        assert!(!all.iter().any(|line| line.contains("secret") || line.contains("77")), "{all:?}");
        let conflicts = lines.take("folio::conflict");
        assert_eq!(
            conflicts,
            ["event DEBUG folio::conflict message=conflict collection=\"items\""]
        );
        Ok(())
    })
}

#[test]
fn checkpoints_and_backups_are_told() -> Result<()> {
    told(|lines| {
        let store = Store::options().open_simulated(&Disk::new())?;
        store.collection::<Item>()?.put_all((0..7).map(|id| item(id, "text")))?;
        lines.take("");
        store.checkpoint()?;
        let bytes = store.stats().files.checkpoint_bytes;
        let written = lines.take("folio::checkpoint");
        assert_eq!(written[0], "span INFO folio::checkpoint checkpoint");
        assert_eq!(
            only(&written[1..]),
            format!(
                "event INFO folio::checkpoint message=checkpoint written version=2 records=7 bytes={bytes}"
            )
        );
        store.backup_simulated(&Disk::new())?;
        let made = only(&lines.take("folio::backup"));
        assert!(
            made.starts_with("event INFO folio::backup message=backup made version=2"),
            "{made}"
        );
        Ok(())
    })
}

#[test]
fn a_failure_of_the_log_is_an_error() -> Result<()> {
    told(|lines| {
        let disk = Disk::new();
        let store = Store::options().open_simulated(&disk)?;
        let items = store.collection::<Item>()?;
        lines.take("");
        disk.fail(Fault::on(Operation::Sync));
        assert!(items.put(item(1, "text")).is_err_and(|error| error.is_poisoned()));
        let told = only(&lines.take("folio::poison"));
        assert!(told.starts_with("event ERROR folio::poison message=the store takes no"), "{told}");
        assert!(told.contains("could not sync"), "{told}");
        assert!(store.stats().poisoned);
        assert!(store.stats().to_prometheus().contains("\nfolio_poisoned 1\n"));
        Ok(())
    })
}

#[derive(Record, Serialize, Deserialize, Clone)]
#[record(name = "sessions", expires = until)]
struct Session {
    #[key]
    id: u64,
    until: SystemTime,
}

#[test]
fn what_is_swept_slow_held_or_too_much_is_told() -> Result<()> {
    told(|lines| {
        let start = UNIX_EPOCH + Duration::from_hours(1);
        let clock = Clock::at(start);
        let minute = Duration::from_mins(1);
        let options = Store::options().clock(&clock).sweep(false).slow_transactions(Duration::ZERO);
        let store = options.max_snapshot_age(minute).memory_limit(2_000).in_memory();
        let sessions = store.collection::<Session>()?;
        let session = |id| Session { id, until: start + minute };
        lines.take("");
        store
            .transaction()
            .meta("actor", "ada")
            .run(|tx| tx.collection::<Session>()?.put_all((0..3).map(session)))?;
        assert_eq!(
            only(&lines.take("folio::slow")),
            "event WARN folio::slow message=slow transaction attempts=1 \
             collections=[\"sessions\"] meta=[(\"actor\", \"ada\")] committed=true"
        );
        let snapshot = store.snapshot();
        let version = snapshot.version().number();
        clock.advance(2 * minute);
        assert_eq!(store.sweep()?, 3);
        assert_eq!(
            lines.take("folio::sweep"),
            [
                "event DEBUG folio::sweep message=expired records removed collection=\"sessions\" records=3"
            ]
        );
        clock.advance(2 * minute);
        sessions.put(session(9))?;
        assert_eq!(
            lines.take("folio::snapshot"),
            [format!(
                "event WARN folio::snapshot message=an old version is still held version={version} age_ms=120000"
            )]
        );
        assert!(sessions.put_all((0..1_000).map(session)).is_err());
        let told = only(&lines.take("folio::memory"));
        assert!(told.starts_with("event WARN folio::memory message=commit refused"), "{told}");
        assert!(told.ends_with("limit_bytes=2000"), "{told}");
        Ok(())
    })
}
