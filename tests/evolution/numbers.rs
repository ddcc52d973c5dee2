//! Numbers that get wider.

use super::golden::Golden;
use folio::Result;

users! {
    struct Narrow {
        #[key]
        id: u32,
        a: u8,
        b: u16,
        c: u32,
        d: u64,
        e: i8,
        f: i16,
        g: i32,
        h: i64,
        i: f32,
        j: usize,
        k: isize,
    }
}

fn numbers() -> Vec<Narrow> {
    let lowest = Narrow {
        id: 0,
        a: 0,
        b: 0,
        c: 0,
        d: 0,
        e: i8::MIN,
        f: i16::MIN,
        g: i32::MIN,
        h: i64::MIN,
        i: f32::MIN,
        j: 0,
        k: isize::MIN,
    };
    let middle = Narrow {
        id: 1,
        a: 127,
        b: 128,
        c: 255,
        d: 256,
        e: -1,
        f: -1,
        g: -64,
        h: -65,
        i: 0.1,
        j: 300,
        k: -300,
    };
    let highest = Narrow {
        id: u32::MAX,
        a: u8::MAX,
        b: u16::MAX,
        c: u32::MAX,
        d: u64::MAX,
        e: i8::MAX,
        f: i16::MAX,
        g: i32::MAX,
        h: i64::MAX,
        i: f32::MAX,
        j: usize::MAX,
        k: isize::MAX,
    };
    vec![lowest, middle, highest]
}

/// A type with the fields of [`Narrow`], in which they have other types.
macro_rules! wider {
    ($name:ident: $a:ty, $b:ty, $c:ty, $d:ty, $e:ty, $f:ty, $g:ty, $h:ty, $i:ty, $j:ty, $k:ty) => {
        users! {
            struct $name {
                #[key]
                id: u32,
                #[index]
                a: $a,
                b: $b,
                c: $c,
                d: $d,
                e: $e,
                f: $f,
                g: $g,
                h: $h,
                i: $i,
                j: $j,
                k: $k,
            }
        }

        impl $name {
            fn all() -> Vec<Self> {
                let wider = |Narrow { id, a, b, c, d, e, f, g, h, i, j, k }| Self {
                    id,
                    a: a.into(),
                    b: b.into(),
                    c: c.into(),
                    d: d.into(),
                    e: e.into(),
                    f: f.into(),
                    g: g.into(),
                    h: h.into(),
                    i: i.into(),
                    j: j.try_into().unwrap(),
                    k: k.try_into().unwrap(),
                };
                numbers().into_iter().map(wider).collect()
            }
        }
    };
}

wider!(Wider: u16, u32, u64, u128, i16, i32, i64, i128, f64, u64, i64);
wider!(Widest: u128, u128, u128, u128, i128, i128, i128, i128, f64, u128, i128);
wider!(Signed: i16, i32, i64, i128, i16, i32, i64, i128, f64, i128, i128);
wider!(First: u32, u64, u128, u64, i32, i64, i128, i64, f32, usize, isize);
wider!(Second: u64, u16, u32, u64, i64, i16, i32, i64, f32, u64, i64);
wider!(SignedFurther: i32, i64, i128, i128, i64, i64, i128, i64, f32, u128, i64);
wider!(SignedFurthest: i128, i128, i128, i128, i128, i128, i128, i64, f32, u128, i64);
wider!(SignedHalf: i64, i64, i128, i128, i32, i32, i32, i64, f32, u64, i64);

#[test]
fn numbers_widened() -> Result<()> {
    let golden = Golden::written("numbers_widened", &numbers())?;
    let each = |golden: &Golden| Golden::copied(&golden.path);
    each(&golden).reads(&Wider::all(), |users| assert_eq!(users.by(Wider::A).count(&127), 1))?;
    each(&golden).reads(&Widest::all(), |users| assert_eq!(users.by(Widest::A).count(&127), 1))?;
    each(&golden).reads(&Signed::all(), |users| assert_eq!(users.by(Signed::A).count(&127), 1))?;
    each(&golden).reads(&First::all(), |_| ())?;
    each(&golden).reads(&Second::all(), |_| ())?;
    each(&golden).reads(&SignedFurther::all(), |_| ())?;
    each(&golden).reads(&SignedFurthest::all(), |_| ())?;
    each(&golden).reads(&SignedHalf::all(), |_| ())?;
    Ok(())
}

/// One step after the other, so that records are stored in three forms at last.
#[test]
fn numbers_widened_step_by_step() -> Result<()> {
    wider!(Step: u8, u32, u32, u128, i8, i32, i32, i128, f32, u64, i64);
    let golden = Golden::written("numbers_widened_step_by_step", &numbers())?;
    golden.reads(&Step::all(), |users| assert_eq!(users.by(Step::A).count(&127), 1))?;
    golden.reads(&Wider::all(), |users| assert_eq!(users.by(Wider::A).count(&255), 1))?;
    golden.reads(&Widest::all(), |users| assert_eq!(users.by(Widest::A).count(&255), 1))?;
    Ok(())
}
