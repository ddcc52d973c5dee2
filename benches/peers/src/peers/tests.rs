//! A peer that does less than the others would be quicker than the others: all of them do the same.

use super::Kind;
use crate::peer::{Commit, Outcome, Peer, Session};
use crate::record::{User, city, email, user, user_in};
use folio::Durability;
use std::path::Path;
use std::thread;

const RECORDS: u64 = 200;

#[test]
fn reads_find_what_was_loaded() -> Outcome {
    each(|kind, peer| {
        let mut session = peer.session()?;
        assert_eq!(get(&mut *session, 42)?, user(42));
        let mut found = Vec::new();
        session.find(&email(43), &mut |user| found.push(user.id))?;
        assert_eq!(found, [43]);
        assert_eq!(in_city(&mut *session, 4)?, (40..50).collect::<Vec<_>>());
        if kind.scans() {
            let mut scanned = Vec::new();
            session.scan(90, 20, &mut |user| scanned.push(user.id))?;
            assert_eq!(scanned, (90..110).collect::<Vec<_>>());
        }
        assert!(session.get(RECORDS, &mut |_| {}).is_err(), "a record that was never there");
        Ok(())
    })
}

#[test]
fn a_record_that_moves_takes_its_index_entry_along() -> Outcome {
    each(|_, peer| {
        let mut session = peer.session()?;
        session.put(vec![user_in(42, 7, 0.25)])?;
        session.put(vec![user_in(43, 7, 0.25), user_in(44, 7, 0.5), user_in(44, 8, 0.75)])?;
        let rest = [40, 41, 45, 46, 47, 48, 49];
        assert_eq!(in_city(&mut *session, 4)?, rest);
        let here: Vec<_> = [42, 43].into_iter().chain(70..80).collect();
        assert_eq!(in_city(&mut *session, 7)?, here);
        assert_eq!(get(&mut *session, 44)?, user_in(44, 8, 0.75));
        let mut found = Vec::new();
        session.find(&email(42), &mut |user| found.push(user.clone()))?;
        assert_eq!(found, [user_in(42, 7, 0.25)]);
        Ok(())
    })
}

#[test]
fn a_unique_key_that_is_taken_is_refused_with_the_whole_transaction() -> Outcome {
    each(|_, peer| {
        let mut session = peer.session()?;
        let thief = User { email: email(2), ..user_in(1, 9, 0.0) };
        assert!(session.put(vec![user_in(3, 9, 0.0), thief]).is_err());
        assert_eq!((get(&mut *session, 1)?, get(&mut *session, 3)?), (user(1), user(3)));
        assert_eq!(in_city(&mut *session, 9)?, (90..100).collect::<Vec<_>>());
        session.update(1, &mut |user| user.email = "one@example.org".to_owned())?;
        assert!(session.find(&email(1), &mut |_| {}).is_err(), "the old key is gone");
        Ok(())
    })
}

#[test]
fn no_update_is_lost_between_threads() -> Outcome {
    each(|kind, peer| {
        for commit in [Commit::Durable, Commit::Relaxed] {
            if !kind.offers(commit) {
                continue;
            }
            peer.prepare(commit)?;
            let before = get(&mut *peer.session()?, 5)?.score;
            let peer: &dyn Peer = peer;
            thread::scope(|scope| {
                let add = || {
                    let mut session = peer.session()?;
                    (0..25).try_for_each(|_| session.update(5, &mut |user| user.score += 1.0))
                };
                let threads: Vec<_> = (0..4).map(|_| scope.spawn(add)).collect();
                threads.into_iter().try_for_each(|thread| thread.join().unwrap())
            })?;
            let after = get(&mut *peer.session()?, 5)?.score;
            assert!((after - before - 100.0).abs() < 0.01, "{kind} {commit:?}: {before} {after}");
        }
        Ok(())
    })
}

#[test]
fn a_store_that_was_closed_opens_with_all_it_had() -> Outcome {
    for kind in Kind::ALL {
        let directory = tempfile::tempdir()?;
        let mut peer = filled(kind, directory.path())?;
        if kind.offers(Commit::Relaxed) {
            peer.prepare(Commit::Relaxed)?;
        }
        peer.session()?.put(vec![user_in(42, 7, 0.25)])?;
        peer.close()?;
        let peer = kind.open(directory.path(), Durability::Write)?;
        assert_eq!(get(&mut *peer.session()?, 42)?, user_in(42, 7, 0.25), "{kind}");
        peer.close()?;
    }
    Ok(())
}

fn each(test: impl Fn(Kind, &mut dyn Peer) -> Outcome) -> Outcome {
    for kind in Kind::ALL {
        println!("{kind}");
        let directory = tempfile::tempdir()?;
        let mut peer = filled(kind, directory.path())?;
        test(kind, &mut *peer)?;
        peer.close()?;
    }
    Ok(())
}

fn filled(kind: Kind, directory: &Path) -> Outcome<Box<dyn Peer>> {
    let peer = kind.open(directory, Durability::Write)?;
    peer.session()?.put((0..RECORDS).map(user).collect())?;
    Ok(peer)
}

fn get(session: &mut dyn Session, id: u64) -> Outcome<User> {
    let mut found = None;
    session.get(id, &mut |user| found = Some(user.clone()))?;
    found.ok_or_else(|| "a read that showed nothing".into())
}

fn in_city(session: &mut dyn Session, number: u64) -> Outcome<Vec<u64>> {
    let mut ids = Vec::new();
    session.by_city(&city(number), &mut |user| ids.push(user.id))?;
    ids.sort_unstable();
    Ok(ids)
}
