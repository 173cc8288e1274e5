//! The properties that the fuzz targets run, over a few thousand inputs of their own: the seeds, and mutations of them.

use acceptance::{Random, properties};

fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = format!("{}/../fuzz/seeds/{target}", env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(&folder).expect("the seeds are there").map(|entry| entry.expect("is read").path());
    let seeds: Vec<_> = files.map(|file| std::fs::read(file).expect("is read")).collect();
    assert!(!seeds.is_empty(), "{folder} has seeds");
    seeds
}

/// Each seed, then seeds cut, spliced and changed.
fn run(target: &str, count: u64, property: fn(&[u8])) {
    let seeds = seeds(target);
    seeds.iter().for_each(|seed| property(seed));
    let mut random = Random::new(1);
    for _ in 0..count {
        let mut below = |bound: usize| usize::try_from(random.below(bound as u64)).expect("it is below a usize");
        let (mut input, other) = (seeds[below(seeds.len())].clone(), &seeds[below(seeds.len())]);
        for _ in 0..=below(4) {
            let at = below(input.len() + 1);
            match below(4) {
                0 => input.truncate(at),
                1 => input.splice(at..at, other.iter().copied().take(below(20))).for_each(drop),
                2 => input.get_mut(at).into_iter().for_each(|byte| *byte = byte.wrapping_add(1)),
                _ => input.insert(at, u8::try_from(below(256)).expect("a byte")),
            }
        }
        property(&input);
    }
}

#[test]
fn frames() {
    run("frame", 20_000, properties::frame);
}

#[test]
fn recoveries() {
    run("recovery", 2_000, properties::recovery);
}

#[test]
fn filters() {
    run("filter", 20_000, properties::filter);
}

#[test]
fn bodies() {
    run("json_body", 20_000, properties::json_body);
}
