//! `CodexDB` handed out its own maps and slices: a program that edited what it had got edited the
//! database, past every check and never on disk. What is handed out must not be a way in.

use super::place;
use folio::{Record, Result, Store};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
#[record(name = "lists")]
struct List {
    #[key]
    id: u64,
    #[index(each)]
    numbers: Vec<i64>,
}

fn list(numbers: &[i64]) -> List {
    List { id: 1, numbers: numbers.to_vec() }
}

#[test]
fn editing_what_was_read_edits_nothing_else() -> Result<()> {
    let (_directory, path) = place();
    {
        let store = Store::open(&path)?;
        let lists = store.collection::<List>()?;
        lists.put(list(&[1, 2]))?;
        let mut found = lists.get(&1).expect("it was put");
        // The record is shared, so it can only be edited as a copy.
        assert!(Arc::get_mut(&mut found).is_none());
        Arc::make_mut(&mut found).numbers.push(3);
        assert_eq!((&*found, lists.get(&1).as_deref()), (&list(&[1, 2, 3]), Some(&list(&[1, 2]))));

        let mut returned = lists.update(&1, |list| list.numbers.push(4))?;
        Arc::make_mut(&mut returned).numbers.clear();
        let mut before = lists.put(list(&[5]))?.expect("it was there");
        Arc::make_mut(&mut before).numbers.clear();
        store.transact(|tx| {
            let lists = tx.collection::<List>()?;
            let mut found = lists.get(&1).expect("it is there");
            Arc::make_mut(&mut found).numbers.push(6);
            let mut inserted = lists.insert(List { id: 2, numbers: vec![7] })?;
            Arc::make_mut(&mut inserted).numbers.push(8);
            for mut found in &lists {
                Arc::make_mut(&mut found).numbers.push(9);
            }
            assert_eq!(lists.get(&1).as_deref(), Some(&list(&[5])));
            Ok(())
        })?;
        assert_eq!(lists.view().by(List::NUMBERS).keys().copied().collect::<Vec<_>>(), [5, 7]);
    }
    let lists = Store::open(&path)?.collection::<List>()?;
    assert_eq!(lists.get(&1).as_deref(), Some(&list(&[5])));
    assert_eq!(lists.get(&2).map(|list| list.numbers.clone()), Some(vec![7]));
    Ok(())
}

#[test]
fn what_was_read_stays_as_it_was() -> Result<()> {
    let store = Store::in_memory();
    let lists = store.collection::<List>()?;
    lists.put(list(&[1]))?;
    let (found, view) = (lists.get(&1), lists.view());
    lists.update(&1, |list| list.numbers.push(2))?;
    lists.remove(&1)?;
    assert_eq!(found.as_deref(), Some(&list(&[1])));
    assert_eq!(view.get(&1), Some(&list(&[1])));
    assert!(lists.is_empty());
    Ok(())
}
