//! Short ways to declare the types of a case. All records are `User` in the collection `users`,
//! whatever they are called here.

/// Records that a program had at different times.
macro_rules! users {
    ($($(#[$attribute:meta])* struct $name:ident { $($body:tt)* })+) => {
        $(
            #[derive(
                folio::Record, serde::Serialize, serde::Deserialize, Clone, Debug, PartialEq,
            )]
            #[record(name = "users")]
            #[serde(rename = "User")]
            $(#[$attribute])*
            struct $name { $($body)* }
        )+
    };
}

/// Types of fields.
macro_rules! parts {
    ($($item:item)+) => {
        $(
            #[derive(
                folio::Schema, serde::Serialize, serde::Deserialize, Clone, Debug, PartialEq,
                Eq, PartialOrd, Ord,
            )]
            $item
        )+
    };
}

/// A record type of a later version, and what it migrates from. By hand, what
/// `#[record(version = 2, from = Before)]` says.
macro_rules! migrates {
    ($name:ident by $field:ident: $key:ty, version $version:literal, from $previous:ty) => {
        migrates!($name by $field: $key, version $version,
            Some(folio::Previous::of::<$previous>()));
    };
    ($name:ident by $field:ident: $key:ty, version $version:literal, $previous:expr) => {
        impl folio::Record for $name {
            type Key = $key;
            const NAME: &'static str = "users";
            const VERSION: u32 = $version;

            fn key(&self) -> $key {
                self.$field.clone()
            }

            fn indexes() -> folio::Indexes<Self> {
                folio::Indexes::new()
            }

            fn previous() -> Option<folio::Previous<Self>> {
                $previous
            }
        }
    };
}
