//! Hashes that are the same in every worker and Envoy, now and after an upgrade: what is chosen by
//! them stays where it is.

/// A hash of bytes, eight at a time.
pub(super) fn of(bytes: &[u8], seed: u64) -> u64 {
    let mut hash = seed ^ 0x9e37_79b9_7f4a_7c15;
    let mut eights = bytes.chunks_exact(8);
    for chunk in &mut eights {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        hash = mixed(hash ^ u64::from_le_bytes(eight));
    }
    let mut last = [0; 8];
    for (to, from) in last.iter_mut().zip(eights.remainder()) {
        *to = *from;
    }
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    mixed(mixed(hash ^ u64::from_le_bytes(last)) ^ length)
}

/// The weighted score of a target for what has this hash: of all targets, each has the highest one
/// for its share of all hashes, and a target that comes or goes moves no other's.
///
/// Weighted rendezvous hashing: Jason Resch, "New hashing algorithms for data storage", SNIA SDC 2015.
pub(super) fn score(hash: u64, target: u64, weight: u32) -> f64 {
    let mixed = mixed(hash ^ mixed(target));
    // From 0 to 1, and never one of them: 53 bits are what a float holds exactly.
    let even = ((mixed >> 11) as f64 + 0.5) / (1u64 << 53) as f64;
    f64::from(weight) / -even.ln()
}

/// The finalizer of MurmurHash3: each bit of the input moves every bit of the output.
fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    x = (x ^ (x >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_counts() {
        let hashes = [
            of(b"", 0),
            of(b"\0", 0),
            of(b"abcdefgh", 0),
            of(b"abcdefgh\0", 0),
            of(b"abcdefgi", 0),
            of(b"abcdefgh", 1),
        ];
        let unique: std::collections::HashSet<_> = hashes.iter().collect();
        assert_eq!(unique.len(), hashes.len());
    }

    #[test]
    fn it_is_the_same_for_ever() {
        assert_eq!(of(b"the same for ever", 0), of(b"the same for ever", 0));
        assert_eq!(
            of(b"arm", 0),
            FOR_EVER,
            "a change of this moves every sticky request"
        );
    }

    const FOR_EVER: u64 = 11_156_392_563_663_457_633;

    #[test]
    fn each_target_wins_its_share() {
        let targets = [(of(b"a/x", 0), 1), (of(b"b/y", 0), 3)];
        let second = (0..10_000u64).filter(|request| {
            let hash = of(&request.to_le_bytes(), 0);
            let [one, other] = targets.map(|(target, weight)| score(hash, target, weight));
            other > one
        });
        let share = second.count();
        assert!((7_350..7_650).contains(&share), "{share}");
    }
}
