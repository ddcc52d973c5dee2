//! Random numbers from a seed, the same for every peer, and the zipfian distribution of YCSB.

/// A 64-bit generator (xorshift64*, Vigna 2016), quick enough to vanish beside a map lookup.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Seeds that differ in one bit give unrelated sequences.
    pub fn new(seed: u64) -> Self {
        Self(mix(seed) | 1)
    }

    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number from 0 to `limit - 1`. The bias of the modulus is far below what could be measured.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit.max(1)
    }

    /// A number from 0 to 1.
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Spreads a number over all 64 bits (splitmix64, Steele et al. 2014).
pub fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// YCSB's zipfian keys, theta 0.99 (Gray et al., *Quickly generating billion-record synthetic
/// databases*, SIGMOD 1994), scrambled so that hot keys do not lie side by side.
#[derive(Debug, Clone)]
pub struct Zipf {
    items: u64,
    theta: f64,
    zeta: f64,
    alpha: f64,
    eta: f64,
}

impl Zipf {
    /// Takes one pass over the items: a constant of the distribution is a sum over them.
    pub fn new(items: u64) -> Self {
        let theta = 0.99;
        let sum = |n: u64| (1..=n).map(|i| 1.0 / (i as f64).powf(theta)).sum::<f64>();
        let zeta = sum(items);
        let eta = (1.0 - (2.0 / items as f64).powf(1.0 - theta)) / (1.0 - sum(2) / zeta);
        Self { items, theta, zeta, alpha: 1.0 / (1.0 - theta), eta }
    }

    /// The next id.
    #[expect(clippy::cast_possible_truncation, reason = "a rank is a small non-negative number")]
    #[expect(clippy::cast_sign_loss, reason = "a rank is a small non-negative number")]
    pub fn next(&self, random: &mut Random) -> u64 {
        let unit = random.unit();
        let scaled = unit * self.zeta;
        let rank = if scaled < 1.0 {
            0
        } else if scaled < 1.0 + 0.5_f64.powf(self.theta) {
            1
        } else {
            let base = self.eta.mul_add(unit, 1.0 - self.eta);
            (self.items as f64 * base.powf(self.alpha)) as u64
        };
        mix(rank) % self.items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_keys_get_most_of_the_draws() {
        let (zipf, mut random) = (Zipf::new(10_000), Random::new(1));
        let mut counts = vec![0_u32; 10_000];
        for _ in 0..100_000 {
            counts[usize::try_from(zipf.next(&mut random)).unwrap()] += 1;
        }
        counts.sort_unstable_by(|a, b| b.cmp(a));
        assert!(counts[0] > 8_000, "the hottest key got {}", counts[0]);
        assert!(counts[..100].iter().sum::<u32>() > 45_000);
    }
}
