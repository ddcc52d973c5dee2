//! The descriptions of the types of the standard library.

use crate::schema::{Schema, Types};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

macro_rules! named {
    ($($name:literal: $($of:ty),+;)+) => {
        $($(impl Schema for $of {
            fn describe(_: &mut Types) -> String {
                $name.to_owned()
            }
        })+)+
    };
}

named! {
    "bool": bool;
    "char": char;
    "u8": u8; "u16": u16; "u32": u32; "u64": u64; "u128": u128;
    "i8": i8; "i16": i16; "i32": i32; "i64": i64; "i128": i128;
    "usize": usize; "isize": isize;
    "f32": f32; "f64": f64;
    "String": String, str;
    "()": ();
    "SystemTime": SystemTime; "Duration": Duration;
    "IpAddr": IpAddr; "Ipv4Addr": Ipv4Addr; "Ipv6Addr": Ipv6Addr;
    "SocketAddr": SocketAddr; "SocketAddrV4": SocketAddrV4; "SocketAddrV6": SocketAddrV6;
}

/// Takes no bytes, like `()`.
impl<T: ?Sized + 'static> Schema for PhantomData<T> {
    fn describe(_: &mut Types) -> String {
        "()".to_owned()
    }
}

macro_rules! transparent {
    ($($of:ty),+) => {
        $(impl<T: Schema + ?Sized> Schema for $of {
            fn describe(types: &mut Types) -> String {
                T::describe(types)
            }
        })+
    };
}

transparent!(Box<T>, Arc<T>, Rc<T>);

impl<T: Schema + ToOwned + ?Sized> Schema for Cow<'static, T> {
    fn describe(types: &mut Types) -> String {
        T::describe(types)
    }
}

macro_rules! sequence {
    ($($of:ty),+) => {
        $(impl<T: Schema> Schema for $of {
            fn describe(types: &mut Types) -> String {
                format!("[{}]", T::describe(types))
            }
        })+
    };
}

sequence!([T], Vec<T>, VecDeque<T>, BTreeSet<T>);

impl<T: Schema, S: 'static> Schema for HashSet<T, S> {
    fn describe(types: &mut Types) -> String {
        format!("[{}]", T::describe(types))
    }
}

impl<T: Schema, const N: usize> Schema for [T; N] {
    fn describe(types: &mut Types) -> String {
        format!("[{}; {N}]", T::describe(types))
    }
}

impl<T: Schema> Schema for Option<T> {
    fn describe(types: &mut Types) -> String {
        format!("Option<{}>", T::describe(types))
    }
}

impl<K: Schema, V: Schema> Schema for BTreeMap<K, V> {
    fn describe(types: &mut Types) -> String {
        format!("{{{}: {}}}", K::describe(types), V::describe(types))
    }
}

impl<K: Schema, V: Schema, S: 'static> Schema for HashMap<K, V, S> {
    fn describe(types: &mut Types) -> String {
        format!("{{{}: {}}}", K::describe(types), V::describe(types))
    }
}

macro_rules! tuple {
    ($($of:ident),+) => {
        impl<$($of: Schema),+> Schema for ($($of,)+) {
            fn describe(types: &mut Types) -> String {
                let items = [$($of::describe(types)),+];
                format!("({})", items.join(", "))
            }
        }
    };
}

tuple!(A);
tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
tuple!(A, B, C, D, E);
tuple!(A, B, C, D, E, F);
tuple!(A, B, C, D, E, F, G);
tuple!(A, B, C, D, E, F, G, H);
