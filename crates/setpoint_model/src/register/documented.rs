//! Types whose doc comments are data too, so that each key of the register is explained in one place: here for
//! who reads the code, and, quoted from here, in the JSON Schema that an editor shows.

/// A struct that knows what its doc comments say.
pub trait Documented {
    /// What the struct is.
    const ABOUT: &'static str;
    /// The register's key for each field, and what it means.
    const FIELDS: &'static [(&'static str, &'static str)];
}

/// A closed set of words.
pub trait Worded: Copy + 'static {
    /// Every word, in the order in which a person is told of them.
    const ALL: &'static [Self];

    /// The word as the register spells it.
    fn as_str(self) -> &'static str;
}

/// Plain structs, and [`Documented`] for each. A field whose key is no Rust name says `as "key"`.
macro_rules! documented {
    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };
    ($(
        $(#[doc = $about:literal])+
        $(#[derive($extra:ident)])?
        pub struct $name:ident {
            $( $(#[doc = $meaning:literal])+ pub $field:ident $(as $key:literal)? : $type:ty, )*
        }
    )+) => { $(
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq)]
        $(#[derive($extra)])?
        pub struct $name {
            $( $(#[doc = $meaning])+ pub $field: $type, )*
        }

        impl $crate::register::Documented for $name {
            const ABOUT: &'static str = concat!($($about, "\n"),+);
            const FIELDS: &'static [(&'static str, &'static str)] =
                &[$( (documented!(@key $field $($key)?), concat!($($meaning, "\n"),+)) ),*];
        }
    )+ };
}

/// Closed enums of words, and [`Worded`] for each.
macro_rules! worded {
    ($(
        $(#[doc = $about:literal])+
        pub enum $name:ident { $( $(#[doc = $meaning:literal])+ $variant:ident = $word:literal, )+ }
    )+) => { $(
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[doc = $meaning])+ $variant, )+ }

        impl $crate::register::Worded for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    )+ };
}
