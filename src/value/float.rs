//! Short floats that come as long ones.

/// The short float that a long one is, in binary or in decimal: JSON says `0.1` of both, which neither
/// is exactly.
pub(crate) fn short(long: f64) -> Option<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "what was lost is looked for")]
    let short = long as f32;
    let is_it = |other: f64| other.to_bits() == long.to_bits();
    let same = is_it(f64::from(short)) || texts(short).into_iter().flatten().any(is_it);
    (same || long.is_nan()).then_some(short)
}

/// The long floats that are read where a short one was written as text. There may be two shortest
/// texts for a number, such as 2174405.2 and 2174405.3 for 2174405.25: the standard library writes one,
/// writers of JSON the other.
fn texts(short: f32) -> [Option<f64>; 2] {
    let ours = short.to_string().parse().ok();
    let theirs = serde_json::to_string(&short).ok().and_then(|text| text.parse().ok());
    [ours, theirs]
}
