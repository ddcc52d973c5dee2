//! One type for every integer of up to 128 bits, in which a number has one form only.

use std::fmt;
use std::str::FromStr;

/// An integer of up to 128 bits, signed or not. It remembers the number and not the type that it
/// came from: `5_u8` and `5_i64` are the same `Integer`. Numbers of up to 64 bits take no memory of
/// their own.
///
/// ```
/// use folio::Integer;
///
/// let number = Integer::from(9_007_199_254_740_993_u64);
/// assert_eq!(number.to_string(), "9007199254740993");
/// assert_eq!(u64::try_from(&number)?, 9_007_199_254_740_993);
/// assert_eq!(u8::try_from(&number).unwrap_err().to_string(), "9007199254740993 does not fit into u8");
/// assert!(Integer::from(-1_i8) < Integer::from(u128::MAX));
/// # Ok::<_, folio::IntegerError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Integer(Form);

/// The order of the variants is that of the numbers, and each number has the one form that fits
/// first: so the derived comparisons are numeric.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    /// Below `i64::MIN`.
    WideNegative(Box<i128>),
    /// Below zero.
    Negative(i64),
    Natural(u64),
    /// Above `u64::MAX`.
    WideNatural(Box<u128>),
}

/// The narrowest of four types that holds an integer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Narrowest {
    WideNegative(i128),
    Negative(i64),
    Natural(u64),
    WideNatural(u128),
}

/// Why there is no such integer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IntegerError {
    /// A type was asked for that can't hold the number.
    #[error("{integer} does not fit into {type_name}")]
    OutOfRange {
        /// The number.
        integer: Integer,
        /// The Rust type.
        type_name: &'static str,
    },

    /// A text is not a number, or is too large a number.
    #[error("`{text}` is not a decimal integer of up to 128 bits")]
    Malformed {
        /// The text.
        text: String,
    },
}

impl Integer {
    /// The narrowest type that holds it, and the number as that type.
    pub(super) fn narrowest(&self) -> Narrowest {
        match &self.0 {
            Form::WideNegative(number) => Narrowest::WideNegative(**number),
            Form::Negative(number) => Narrowest::Negative(*number),
            Form::Natural(number) => Narrowest::Natural(*number),
            Form::WideNatural(number) => Narrowest::WideNatural(**number),
        }
    }

    /// The float that is exactly this number, if there is one.
    pub(super) fn exact_f64(&self) -> Option<f64> {
        if self.significant_bits() > f64::MANTISSA_DIGITS {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "the bits were counted")]
        Some(match self.narrowest() {
            Narrowest::WideNegative(number) => number as f64,
            Narrowest::Negative(number) => number as f64,
            Narrowest::Natural(number) => number as f64,
            Narrowest::WideNatural(number) => number as f64,
        })
    }

    /// The short float that is exactly this number, if there is one.
    pub(super) fn exact_f32(&self) -> Option<f32> {
        if self.significant_bits() > f32::MANTISSA_DIGITS {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "the bits were counted")]
        Some(match self.narrowest() {
            Narrowest::WideNegative(number) => number as f32,
            Narrowest::Negative(number) => number as f32,
            Narrowest::Natural(number) => number as f32,
            Narrowest::WideNatural(number) => number as f32,
        })
    }

    /// From the highest bit that is set to the lowest: what a float must keep.
    fn significant_bits(&self) -> u32 {
        let magnitude = match self.narrowest() {
            Narrowest::WideNegative(number) => number.unsigned_abs(),
            Narrowest::Negative(number) => u128::from(number.unsigned_abs()),
            Narrowest::Natural(number) => u128::from(number),
            Narrowest::WideNatural(number) => number,
        };
        u128::BITS.saturating_sub(magnitude.leading_zeros() + magnitude.trailing_zeros())
    }
}

impl From<i128> for Integer {
    fn from(number: i128) -> Self {
        if let Ok(number) = u128::try_from(number) {
            return Self::from(number);
        }
        Self(match i64::try_from(number) {
            Ok(number) => Form::Negative(number),
            Err(_) => Form::WideNegative(Box::new(number)),
        })
    }
}

impl From<u128> for Integer {
    fn from(number: u128) -> Self {
        Self(match u64::try_from(number) {
            Ok(number) => Form::Natural(number),
            Err(_) => Form::WideNatural(Box::new(number)),
        })
    }
}

impl From<u64> for Integer {
    fn from(number: u64) -> Self {
        Self(Form::Natural(number))
    }
}

impl From<i64> for Integer {
    fn from(number: i64) -> Self {
        Self(u64::try_from(number).map_or(Form::Negative(number), Form::Natural))
    }
}

impl From<usize> for Integer {
    fn from(number: usize) -> Self {
        Self::from(number as u64)
    }
}

impl From<isize> for Integer {
    fn from(number: isize) -> Self {
        Self::from(number as i64)
    }
}

macro_rules! from_short {
    ($($short:ty => $long:ty,)*) => {$(
        impl From<$short> for Integer {
            fn from(number: $short) -> Self {
                Self::from(<$long>::from(number))
            }
        }
    )*};
}

macro_rules! into_numbers {
    ($($type:ty)*) => {$(
        impl TryFrom<&Integer> for $type {
            type Error = IntegerError;

            fn try_from(integer: &Integer) -> Result<Self, IntegerError> {
                match integer.narrowest() {
                    Narrowest::WideNegative(number) => <$type>::try_from(number).ok(),
                    Narrowest::Negative(number) => <$type>::try_from(number).ok(),
                    Narrowest::Natural(number) => <$type>::try_from(number).ok(),
                    Narrowest::WideNatural(number) => <$type>::try_from(number).ok(),
                }
                .ok_or_else(|| IntegerError::OutOfRange {
                    integer: integer.clone(),
                    type_name: stringify!($type),
                })
            }
        }

        impl TryFrom<Integer> for $type {
            type Error = IntegerError;

            fn try_from(integer: Integer) -> Result<Self, IntegerError> {
                Self::try_from(&integer)
            }
        }
    )*};
}

from_short! { u8 => u64, u16 => u64, u32 => u64, i8 => i64, i16 => i64, i32 => i64, }
into_numbers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

impl FromStr for Integer {
    type Err = IntegerError;

    fn from_str(text: &str) -> Result<Self, IntegerError> {
        if let Ok(number) = text.parse::<i128>() {
            return Ok(Self::from(number));
        }
        match text.parse::<u128>() {
            Ok(number) => Ok(Self::from(number)),
            Err(_) => Err(IntegerError::Malformed { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.narrowest() {
            Narrowest::WideNegative(number) => number.fmt(f),
            Narrowest::Negative(number) => number.fmt(f),
            Narrowest::Natural(number) => number.fmt(f),
            Narrowest::WideNatural(number) => number.fmt(f),
        }
    }
}

impl fmt::Debug for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form_whatever_type_it_came_from() {
        assert_eq!(Integer::from(5_u8), Integer::from(5_i128));
        assert_eq!(Integer::from(-5_i8), Integer::from(-5_i128));
        assert_eq!(Integer::from(u64::MAX), Integer::from(i128::from(u64::MAX)));
        assert_eq!(Integer::from(1_u128 << 100), Integer::from(1_i128 << 100));
        assert_eq!(Integer::from(0_i8).narrowest(), Narrowest::Natural(0));
        assert_eq!(Integer::from(i64::MIN).narrowest(), Narrowest::Negative(i64::MIN));
        assert_eq!(size_of::<Integer>(), 16);
    }

    #[test]
    fn order_and_text_are_those_of_the_numbers() {
        let texts = [
            "-170141183460469231731687303715884105728",
            "-9223372036854775809",
            "-9223372036854775808",
            "-1",
            "0",
            "18446744073709551615",
            "18446744073709551616",
            "340282366920938463463374607431768211455",
        ];
        let numbers: Vec<Integer> = texts.iter().map(|text| text.parse().unwrap()).collect();
        assert!(numbers.is_sorted_by(|a, b| a < b));
        assert!(numbers.iter().zip(texts).all(|(number, text)| number.to_string() == text));
        assert_eq!(i128::try_from(&numbers[0]).unwrap(), i128::MIN);
        assert_eq!(u128::try_from(numbers[7].clone()).unwrap(), u128::MAX);
        assert!(i128::try_from(&numbers[7]).is_err());
    }

    #[test]
    fn what_is_no_number_is_named() {
        for text in ["", "1.0", "five", "340282366920938463463374607431768211456"] {
            let error = text.parse::<Integer>().unwrap_err();
            assert!(error.to_string().starts_with(&format!("`{text}` is not")), "{error}");
        }
    }

    #[test]
    fn floats_are_given_only_where_they_are_exact() {
        let exact = Integer::from(9_007_199_254_740_992_u64);
        assert_eq!(exact.exact_f64().map(f64::to_bits), Some(9_007_199_254_740_992_f64.to_bits()));
        assert_eq!(Integer::from(9_007_199_254_740_993_u64).exact_f64(), None);
        assert_eq!(Integer::from(i128::MAX).exact_f64(), None);
        assert!(Integer::from(i128::MIN).exact_f64().is_some());
        assert_eq!(Integer::from(16_777_217).exact_f32(), None);
        assert!(Integer::from(-16_777_216).exact_f32().is_some());
        assert_eq!(Integer::from(0).exact_f64(), Some(0.0));
    }
}
