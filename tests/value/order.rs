//! Any two values compare, and laws hold that every map relies on.

use super::*;

fn hash(value: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

proptest! {
    #[test]
    fn all_values_return(value in values()) {
        returns(value);
    }

    #[test]
    fn order_is_total(a in values(), b in values(), c in values()) {
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert_eq!(a == b, a.cmp(&b) == Ordering::Equal);
        prop_assert!(a != b || hash(&a) == hash(&b));
        let mut sorted = [a, b, c];
        sorted.sort();
        let [a, b, c] = &sorted;
        prop_assert!(a <= b && b <= c && a <= c);
        prop_assert_eq!(hash(a), hash(&a.clone()));
        prop_assert_eq!(a, &read(&written(a)).unwrap());
    }

    /// Values that JSON can hold come back from it, but for the names of the kinds.
    #[test]
    fn text_and_json_never_panic(value in values()) {
        prop_assert!(!value.to_string().is_empty());
        if let Ok(json) = value.to_json() {
            let read: Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(read.to_json().is_ok(), true);
        }
    }

    #[test]
    fn integers_are_ordered_as_numbers(a in any::<i128>(), b in any::<u128>(), c in any::<i8>()) {
        prop_assert_eq!(Integer::from(a).cmp(&Integer::from(c)), a.cmp(&i128::from(c)));
        let expected = u128::try_from(a).map_or(Ordering::Less, |a| a.cmp(&b));
        prop_assert_eq!(Integer::from(a).cmp(&Integer::from(b)), expected);
        prop_assert_eq!(Integer::from(b).to_string().parse::<Integer>().unwrap(), Integer::from(b));
        prop_assert_eq!(i128::try_from(Integer::from(a)).unwrap(), a);
    }
}
