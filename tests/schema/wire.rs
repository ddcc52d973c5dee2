//! That descriptors tell the bytes: what serde wrote is passed over and read by what they say, and
//! nothing else.

use folio::{Record, Schema, Store};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::{NonZero, Wrapping};
use std::ops::{Bound, Range, RangeInclusive};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
enum Tree {
    Leaf,
    Label(String),
    Fork(Box<Tree>, Box<Tree>),
    Named { name: String, inside: Vec<Tree> },
    Void(),
    Blank {},
}

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Nothing;

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Wrapped<T>(T);

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Row<A, B>(A, B);

#[derive(Schema, Serialize, Deserialize, Clone, Debug, PartialEq)]
struct Named<T> {
    first: T,
    second: Option<T>,
}

/// Declares a type with a field of each kind, a type that has one more before them, and a type that
/// has none of them.
macro_rules! zoo {
    ($($field:ident: $of:ty = $value:expr;)+) => {
        #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
        #[record(name = "zoo")]
        struct Zoo {
            #[key]
            id: u64,
            $($field: $of,)+
            last: u64,
        }

        #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
        #[record(name = "zoo")]
        struct Grown {
            #[serde(default)]
            first: Vec<String>,
            #[key]
            id: u64,
            $($field: $of,)+
            last: u64,
        }

        #[derive(Record, Serialize, Deserialize, Clone, Debug, PartialEq)]
        #[record(name = "zoo")]
        struct Shrunk {
            #[key]
            id: u64,
            last: u64,
        }

        impl Zoo {
            fn grown(self) -> Grown {
                Grown { first: Vec::new(), id: self.id, $($field: self.$field,)+ last: self.last }
            }
        }

        fn zoo(id: u64) -> Zoo {
            Zoo { id, $($field: $value,)+ last: u64::MAX - id }
        }
    };
}

zoo! {
    unit: () = ();
    truth: bool = true;
    letter: char = '€';
    bytes: (u8, i8) = (200, -100);
    naturals: (u16, u32, u64, u128, usize) = (300, 70_000, 1 << 40, 1 << 100, 12_345);
    integers: (i16, i32, i64, i128, isize) = (-300, -70_000, -1 << 40, -1 << 100, -12_345);
    floats: (f32, f64) = (1.5, -2.25);
    non_zero: NonZero<u32> = NonZero::<u32>::MIN.saturating_add(299);
    wrapping: Wrapping<u8> = Wrapping(200);
    reversed: Reverse<String> = Reverse("r".into());
    text: String = "text".repeat(50);
    boxed: Box<str> = "boxed".into();
    path: PathBuf = "a/b".into();
    cow: Cow<'static, str> = Cow::Borrowed("cow");
    marker: PhantomData<String> = PhantomData;
    none: Option<u64> = None;
    some: Option<Option<u16>> = Some(Some(300));
    list: Vec<u16> = vec![1, 300, 2];
    many: Vec<String> = vec![String::new(); 300];
    empties: Vec<()> = vec![(); 1_000];
    queue: VecDeque<i16> = [-1, -300].into();
    array: [u16; 3] = [1, 300, 2];
    no_array: [u64; 0] = [];
    set: BTreeSet<String> = ["b".into(), "a".into()].into();
    hashed: HashSet<u32> = [7, 70_000].into();
    map: BTreeMap<String, Vec<u8>> = [("a".into(), vec![1, 200]), ("b".into(), vec![])].into();
    hash_map: HashMap<u16, (u16, String)> = [(300, (300, "x".into()))].into();
    single: (u64,) = (300,);
    good: Result<u16, String> = Ok(300);
    bad: Result<u16, String> = Err("bad".into());
    open: Bound<u16> = Bound::Unbounded;
    closed: Bound<u16> = Bound::Excluded(300);
    range: Range<u16> = 3..300;
    inclusive: RangeInclusive<i64> = -3..=300;
    time: SystemTime = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 5);
    duration: Duration = Duration::new(300, 999_999_999);
    ip: IpAddr = [127, 0, 0, 1].into();
    ip_6: Ipv6Addr = Ipv6Addr::LOCALHOST;
    sockets: Vec<SocketAddr> = vec![([10, 0, 0, 1], 8080).into(), (Ipv6Addr::LOCALHOST, 80).into()];
    nothing: Nothing = Nothing;
    wrapped: Wrapped<u16> = Wrapped(300);
    wrapped_twice: Wrapped<Wrapped<String>> = Wrapped(Wrapped("w".into()));
    row: Row<u16, String> = Row(300, "row".into());
    named: Named<u32> = Named { first: 300, second: Some(70_000) };
    tree: Tree = Tree::Fork(
        Box::new(Tree::Named { name: "n".into(), inside: vec![Tree::Leaf, Tree::Void()] }),
        Box::new(Tree::Fork(Box::new(Tree::Label("l".into())), Box::new(Tree::Blank {}))),
    );
}

/// What is stored of each type is passed over by its description alone. One byte too many or too few
/// anywhere, and the last field is another number.
#[test]
fn every_type_is_passed_over_by_its_description() -> folio::Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.folio");
    Store::open(&path)?.collection::<Zoo>()?.put_all([zoo(1), zoo(300)])?;
    let store = Store::open(&path)?;
    let records: Vec<Shrunk> = store.collection::<Shrunk>()?.view().iter().cloned().collect();
    let expected = [1, 300].map(|id| Shrunk { id, last: u64::MAX - id });
    assert_eq!(records, expected);
    Ok(())
}

#[test]
fn every_type_is_read_in_a_record_that_has_grown() -> folio::Result<()> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("app.folio");
    Store::open(&path)?.collection::<Zoo>()?.put_all([zoo(1), zoo(300)])?;
    let store = Store::open(&path)?;
    let records: Vec<Grown> = store.collection::<Grown>()?.view().iter().cloned().collect();
    assert_eq!(records, [zoo(1).grown(), zoo(300).grown()]);
    Ok(())
}
