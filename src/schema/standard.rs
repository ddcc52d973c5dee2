//! The types of the standard library, as their `serde` implementations store them in formats that
//! are not for people.

use crate::persistent::abbreviation::Abbreviator;
use crate::schema::Schema;
use crate::schema::build::Types;
use crate::schema::node::{Primitive, TypeRef};
use crate::value::Value;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZero, Wrapping};
use std::ops::{Bound, Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

macro_rules! primitive {
    ($($primitive:ident: $($of:ty $(=> |$value:ident, $out:ident| $abbreviate:expr)?),+;)+) => {
        $($(impl Schema for $of {
            fn describe(types: &mut Types) -> TypeRef {
                types.primitive(Primitive::$primitive)
            }

            $(fn abbreviate(&self, $out: &mut Abbreviator) {
                let $value = self;
                $abbreviate
            })?
        })+)+
    };
}

primitive! {
    Unit: () => |_value, _out| {};
    Bool: bool => |value, out| out.fixed(&[u8::from(*value)]);
    Char: char => |value, out| out.fixed(&u32::from(*value).to_be_bytes());
    U8: NonZero<u8>; U16: NonZero<u16>; U32: NonZero<u32>;
    U64: NonZero<u64>; U128: NonZero<u128>; Usize: NonZero<usize>;
    I8: NonZero<i8>; I16: NonZero<i16>; I32: NonZero<i32>;
    I64: NonZero<i64>; I128: NonZero<i128>; Isize: NonZero<isize>;
    F32: f32;
    F64: f64;
    String: String => |value, out| out.text(value.as_bytes()),
        str => |value, out| out.text(value.as_bytes()),
        PathBuf, Path;
    Value: Value;
}

/// Integers, which are in the order of their bytes once the smallest is zero.
macro_rules! integer {
    ($($primitive:ident: $of:ty;)+) => {
        primitive! {
            $($primitive: $of => |value, out| out.fixed(&(value ^ <$of>::MIN).to_be_bytes());)+
        }
    };
}

integer! {
    U8: u8; U16: u16; U32: u32; U64: u64; U128: u128; Usize: usize;
    I8: i8; I16: i16; I32: i32; I64: i64; I128: i128; Isize: isize;
}

/// Takes no bytes, like `()`.
impl<T: ?Sized + 'static> Schema for PhantomData<T> {
    fn describe(types: &mut Types) -> TypeRef {
        types.primitive(Primitive::Unit)
    }
}

macro_rules! transparent {
    ($($of:ty),+) => {
        $(impl<T: Schema + ?Sized> Schema for $of {
            fn describe(types: &mut Types) -> TypeRef {
                T::describe(types)
            }

            fn abbreviate(&self, out: &mut Abbreviator) {
                T::abbreviate(self, out);
            }
        })+
    };
}

transparent!(Box<T>, Arc<T>, Rc<T>);

impl<T: Schema> Schema for Reverse<T> {
    fn describe(types: &mut Types) -> TypeRef {
        T::describe(types)
    }
}

impl<T: Schema> Schema for Wrapping<T> {
    fn describe(types: &mut Types) -> TypeRef {
        T::describe(types)
    }
}

impl<T: Schema + ToOwned + ?Sized> Schema for Cow<'static, T> {
    fn describe(types: &mut Types) -> TypeRef {
        T::describe(types)
    }

    fn abbreviate(&self, out: &mut Abbreviator) {
        T::abbreviate(self, out);
    }
}

macro_rules! collection {
    ($($method:ident: $($of:ty $(=> $abbreviate:expr)?),+;)+) => {
        $($(impl<T: Schema> Schema for $of {
            fn describe(types: &mut Types) -> TypeRef {
                let of = T::describe(types);
                types.$method(of)
            }

            $(fn abbreviate(&self, out: &mut Abbreviator) {
                let abbreviate: fn(&Self, &mut Abbreviator) = $abbreviate;
                abbreviate(self, out);
            })?
        })+)+
    };
}

collection! {
    option: Option<T> => |value, out| {
        out.fixed(&[u8::from(value.is_some())]);
        if let Some(inner) = value {
            inner.abbreviate(out);
        }
    };
    sequence: [T] => |items, out| out.list(items, T::abbreviate),
        Vec<T> => |items, out| out.list(items, T::abbreviate),
        VecDeque<T>, LinkedList<T>, BinaryHeap<T>;
    set: BTreeSet<T>;
}

impl<T: Schema, S: 'static> Schema for HashSet<T, S> {
    fn describe(types: &mut Types) -> TypeRef {
        let of = T::describe(types);
        types.set(of)
    }
}

impl<T: Schema, const N: usize> Schema for [T; N] {
    fn describe(types: &mut Types) -> TypeRef {
        let of = T::describe(types);
        types.array(of, N)
    }

    fn abbreviate(&self, out: &mut Abbreviator) {
        for item in self {
            item.abbreviate(out);
        }
    }
}

impl<K: Schema, V: Schema> Schema for BTreeMap<K, V> {
    fn describe(types: &mut Types) -> TypeRef {
        let (key, value) = (K::describe(types), V::describe(types));
        types.map(key, value)
    }
}

impl<K: Schema, V: Schema, S: 'static> Schema for HashMap<K, V, S> {
    fn describe(types: &mut Types) -> TypeRef {
        let (key, value) = (K::describe(types), V::describe(types));
        types.map(key, value)
    }
}

impl<T: Schema, E: Schema> Schema for Result<T, E> {
    fn describe(types: &mut Types) -> TypeRef {
        let (good, bad) = (T::describe(types), E::describe(types));
        let name = format!("Result<{}, {}>", types.name(good), types.name(bad));
        types.enumeration::<Self>(&name, |variants| {
            variants.tuple("Ok", |items| {
                items.item::<T>();
            });
            variants.tuple("Err", |items| {
                items.item::<E>();
            });
        })
    }
}

impl<T: Schema> Schema for Bound<T> {
    fn describe(types: &mut Types) -> TypeRef {
        let of = T::describe(types);
        let name = format!("Bound<{}>", types.name(of));
        types.enumeration::<Self>(&name, |variants| {
            variants.unit("Unbounded");
            variants.tuple("Included", |items| {
                items.item::<T>();
            });
            variants.tuple("Excluded", |items| {
                items.item::<T>();
            });
        })
    }
}

macro_rules! range {
    ($($name:literal: $of:ty),+) => {
        $(impl<T: Schema> Schema for $of {
            fn describe(types: &mut Types) -> TypeRef {
                let of = T::describe(types);
                let name = format!("{}<{}>", $name, types.name(of));
                types.structure::<Self>(&name, |fields| {
                    fields.field::<T>("start");
                    fields.field::<T>("end");
                })
            }
        })+
    };
}

range!("Range": Range<T>, "RangeInclusive": RangeInclusive<T>);

impl Schema for SystemTime {
    fn describe(types: &mut Types) -> TypeRef {
        types.structure::<Self>("SystemTime", |fields| {
            fields.field::<u64>("secs_since_epoch");
            fields.field::<u32>("nanos_since_epoch");
        })
    }
}

impl Schema for Duration {
    fn describe(types: &mut Types) -> TypeRef {
        types.structure::<Self>("Duration", |fields| {
            fields.field::<u64>("secs");
            fields.field::<u32>("nanos");
        })
    }
}

/// Types that are known by name, and what is stored of them.
macro_rules! known {
    ($($name:literal: $of:ty = $stored:ty;)+) => {
        $(impl $crate::schema::Schema for $of {
            fn describe(types: &mut $crate::schema::build::Types) -> $crate::schema::node::TypeRef {
                let stored = <$stored as $crate::schema::Schema>::describe(types);
                types.known($name, stored)
            }
        })+
    };
}

#[cfg(any(feature = "chrono", feature = "jiff"))]
pub(super) use known;

known! {
    "Ipv4Addr": Ipv4Addr = [u8; 4];
    "Ipv6Addr": Ipv6Addr = [u8; 16];
    "SocketAddrV4": SocketAddrV4 = (Ipv4Addr, u16);
    "SocketAddrV6": SocketAddrV6 = (Ipv6Addr, u16);
}

macro_rules! address {
    ($($name:literal: $of:ty = $four:ty, $six:ty;)+) => {
        $(impl Schema for $of {
            fn describe(types: &mut Types) -> TypeRef {
                types.enumeration::<Self>($name, |variants| {
                    variants.tuple("V4", |items| {
                        items.item::<$four>();
                    });
                    variants.tuple("V6", |items| {
                        items.item::<$six>();
                    });
                })
            }
        })+
    };
}

address! {
    "IpAddr": IpAddr = Ipv4Addr, Ipv6Addr;
    "SocketAddr": SocketAddr = SocketAddrV4, SocketAddrV6;
}

macro_rules! tuple {
    ($($of:ident),+) => {
        impl<$($of: Schema),+> Schema for ($($of,)+) {
            fn describe(types: &mut Types) -> TypeRef {
                let items = [$($of::describe(types)),+];
                types.tuple(items)
            }

            #[expect(non_snake_case, reason = "the parts are called as their types are")]
            fn abbreviate(&self, out: &mut Abbreviator) {
                let ($($of,)+) = self;
                $($of.abbreviate(out);)+
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
tuple!(A, B, C, D, E, F, G, H, I);
tuple!(A, B, C, D, E, F, G, H, I, J);
tuple!(A, B, C, D, E, F, G, H, I, J, K);
tuple!(A, B, C, D, E, F, G, H, I, J, K, L);
