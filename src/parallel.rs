//! One piece of work for each of many items, on all cores.

use crate::error::Result;
use std::thread;

/// Maps items on all cores, in order; on this thread alone where they are fewer than `from`. The error
/// is the first one in the order of the items. A panic goes on in the caller.
pub(crate) fn map<'a, I: Sync, R: Send>(
    items: &'a [I],
    from: usize,
    work: impl Fn(&'a I) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    // Asking for the number of cores reads files.
    let cores = || thread::available_parallelism().map_or(1, usize::from);
    let threads = if items.len() < from { 1 } else { cores().min(items.len()) };
    if threads <= 1 {
        return items.iter().map(work).collect();
    }
    let size = items.len().div_ceil(threads);
    thread::scope(|scope| {
        let work = &work;
        let workers: Vec<_> = items
            .chunks(size)
            .map(|chunk| scope.spawn(move || chunk.iter().map(work).collect::<Result<Vec<R>>>()))
            .collect();
        let mut results = Vec::with_capacity(items.len());
        for worker in workers {
            let part = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            results.append(&mut part?);
        }
        Ok(results)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn results_are_in_order_whatever_the_number_of_threads() {
        let items: Vec<u32> = (0..1_000).collect();
        for from in [0, 1, 999, 1_000, 1_001] {
            let doubled = map(&items, from, |item| Ok(item * 2)).unwrap();
            assert!(doubled.iter().zip(&items).all(|(double, item)| *double == item * 2));
            assert_eq!(doubled.len(), items.len());
        }
        assert!(map(&[], 0, |item: &u8| Ok(*item)).unwrap().is_empty());
    }

    #[test]
    fn the_first_error_is_the_one_that_is_told() {
        let items: Vec<u32> = (0..1_000).collect();
        let odd = |item: &u32| match item {
            3 | 700 | 999 => Err(Error::abort(item.to_string())),
            _ => Ok(()),
        };
        let error = map(&items, 0, odd).unwrap_err();
        assert_eq!(error.to_string(), "the transaction was aborted: 3");
    }
}
