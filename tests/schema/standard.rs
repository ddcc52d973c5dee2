//! The types of the standard library: how they are shown, and that what is described is what their
//! serde implementations write.

use crate::text_of;
use folio::{Descriptor, Schema};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZero, Wrapping};
use std::ops::{Bound, Range, RangeInclusive};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Checks the text of types, one for each line.
macro_rules! shown {
    ($($of:ty => $text:literal),+ $(,)?) => {
        $(assert_eq!(text_of::<$of>(), concat!($text, "\n"));)+
    };
}

#[test]
fn types_without_parts() {
    shown! {
        () => "()", bool => "bool", char => "char", String => "String", PathBuf => "String",
        u8 => "u8", u16 => "u16", u32 => "u32", u64 => "u64", u128 => "u128", usize => "usize",
        i8 => "i8", i16 => "i16", i32 => "i32", i64 => "i64", i128 => "i128", isize => "isize",
        f32 => "f32", f64 => "f64", PhantomData<String> => "()",
        NonZero<u8> => "u8", NonZero<i128> => "i128", NonZero<usize> => "usize",
    }
}

#[test]
fn containers() {
    shown! {
        Option<u8> => "Option<u8>",
        Vec<String> => "Vec<String>",
        Box<[u8]> => "Vec<u8>",
        VecDeque<u8> => "Vec<u8>",
        LinkedList<u8> => "Vec<u8>",
        BinaryHeap<u8> => "Vec<u8>",
        BTreeSet<char> => "Set<char>",
        HashSet<char> => "Set<char>",
        BTreeMap<u8, Vec<bool>> => "Map<u8, Vec<bool>>",
        HashMap<String, Option<()>> => "Map<String, Option<()>>",
        [u16; 3] => "[u16; 3]",
        [[f32; 2]; 0] => "[[f32; 2]; 0]",
        (u8,) => "(u8,)",
        (u8, String) => "(u8, String)",
        (u8, (), u8, u8, u8, u8, u8, u8, u8, u8, u8, i8)
            => "(u8, (), u8, u8, u8, u8, u8, u8, u8, u8, u8, i8)",
    }
}

#[test]
fn pointers_and_wrappers_are_what_they_hold() {
    shown! {
        Box<u8> => "u8", Arc<str> => "String", Rc<Vec<u8>> => "Vec<u8>", Box<str> => "String",
        Cow<'static, str> => "String", Cow<'static, [u8]> => "Vec<u8>",
        Reverse<u8> => "u8", Wrapping<i64> => "i64",
    }
}

#[test]
fn addresses() {
    shown! {
        Ipv4Addr => "Ipv4Addr", Ipv6Addr => "Ipv6Addr",
        SocketAddrV4 => "SocketAddrV4", SocketAddrV6 => "SocketAddrV6",
        IpAddr => "IpAddr\nenum IpAddr {\n    V4(Ipv4Addr),\n    V6(Ipv6Addr),\n}",
        SocketAddr =>
            "SocketAddr\nenum SocketAddr {\n    V4(SocketAddrV4),\n    V6(SocketAddrV6),\n}",
    }
}

/// Checks that `value` is written like `described`, whose type has the descriptor of `T`.
#[track_caller]
fn stored_as<T: Schema + Serialize, D: Schema + Serialize>(value: &T, described: &D) {
    assert_eq!(text_of::<T>(), text_of::<D>());
    assert_eq!(Descriptor::of::<T>(), Descriptor::of::<D>());
    written_as(value, described);
}

#[track_caller]
fn written_as(value: &impl Serialize, described: &impl Serialize) {
    assert_eq!(written(value), written(described));
}

fn written(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).expect("postcard has a form for it")
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename = "SystemTime")]
struct Moment {
    secs_since_epoch: u64,
    nanos_since_epoch: u32,
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename = "Duration")]
struct Length {
    secs: u64,
    nanos: u32,
}

#[test]
fn times_are_seconds_and_nanoseconds() {
    let length = Duration::new(1_700_000_000, 123_456_789);
    stored_as(&length, &Length { secs: 1_700_000_000, nanos: 123_456_789 });
    let moment = Moment { secs_since_epoch: 1_700_000_000, nanos_since_epoch: 123_456_789 };
    stored_as(&(SystemTime::UNIX_EPOCH + length), &moment);
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename = "Result")]
enum Outcome<T, E> {
    Ok(T),
    Err(E),
}

#[test]
fn results_are_enums() {
    let good: Result<u16, String> = Ok(300);
    stored_as(&good, &Outcome::<u16, String>::Ok(300));
    let bad: Result<u16, String> = Err("none".into());
    stored_as(&bad, &Outcome::<u16, String>::Err("none".into()));
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename = "Bound")]
enum End<T> {
    Unbounded,
    Included(T),
    Excluded(T),
}

#[test]
fn bounds_are_enums() {
    stored_as(&Bound::<u16>::Unbounded, &End::<u16>::Unbounded);
    stored_as(&Bound::Included(300_u16), &End::Included(300_u16));
    stored_as(&Bound::Excluded(300_u16), &End::Excluded(300_u16));
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename = "Range")]
struct HalfOpen<T> {
    start: T,
    end: T,
}

#[derive(Schema, Serialize, Deserialize)]
#[serde(rename = "RangeInclusive")]
struct Closed<T> {
    start: T,
    end: T,
}

#[test]
fn ranges_are_structs() {
    let range: Range<u16> = 3..700;
    stored_as(&range, &HalfOpen { start: 3_u16, end: 700_u16 });
    let range: RangeInclusive<String> = "a".into()..="b".into();
    stored_as(&range, &Closed::<String> { start: "a".into(), end: "b".into() });
}

#[derive(Serialize)]
enum Either<A, B> {
    V4(A),
    V6(B),
}

#[test]
fn addresses_are_bytes_and_ports() {
    let (four, six) = (Ipv4Addr::new(10, 0, 0, 1), Ipv6Addr::new(0xfe80, 0, 0, 0, 1, 2, 3, 4));
    let (four_bytes, six_bytes) = (four.octets(), six.octets());
    written_as(&four, &four_bytes);
    written_as(&six, &six_bytes);
    written_as(&IpAddr::V4(four), &Either::<_, ()>::V4(four_bytes));
    written_as(&IpAddr::V6(six), &Either::<(), _>::V6(six_bytes));
    written_as(&SocketAddrV4::new(four, 8080), &(four_bytes, 8080_u16));
    written_as(&SocketAddrV6::new(six, 8080, 0, 0), &(six_bytes, 8080_u16));
    written_as(&SocketAddr::from((four, 8080)), &Either::<_, ()>::V4((four_bytes, 8080_u16)));
    written_as(&SocketAddr::from((six, 8080)), &Either::<(), _>::V6((six_bytes, 8080_u16)));
}

#[test]
fn the_others_are_written_as_they_are_described() {
    written_as(&NonZero::new(300_u16).unwrap(), &300_u16);
    written_as(&NonZero::new(200_u8).unwrap(), &200_u8);
    written_as(&Wrapping(-3_i64), &-3_i64);
    written_as(&Reverse("a"), &"a");
    written_as(&PhantomData::<u8>, &());
    written_as(&PathBuf::from("a/b"), &"a/b");
    written_as(&BTreeSet::from([1_u16, 300]), &vec![1_u16, 300]);
    written_as(&VecDeque::from([1_u16, 300]), &vec![1_u16, 300]);
    written_as(&LinkedList::from([1_u16, 300]), &vec![1_u16, 300]);
    written_as(&BTreeMap::from([(1_u8, "a"), (2, "b")]), &vec![(1_u8, "a"), (2, "b")]);
    written_as(&[1_u16, 300], &(1_u16, 300_u16));
    written_as(&Cow::Borrowed("a"), &"a");
}
