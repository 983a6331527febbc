use super::*;

fn cooling(id: &str, cooling_ms: u64) -> Target {
    Target {
        id: id.to_owned(),
        cooling_ms,
        ..Target::default()
    }
}

fn tells(teller: &str, targets: &[Target]) -> Report {
    Report::new(teller, targets.to_vec())
}

/// What two sidecars would do over a Redis that is there at once.
fn carry(from: &mut Book, to: &mut Book, now: u64) -> usize {
    let due = from.due(now);
    for written in &due {
        to.hear(&written.text, now, now);
        from.hear(&written.text, now, now);
    }
    due.len()
}

#[test]
fn a_process_learns_what_others_know_and_never_its_own() {
    let mut book = Book::new("s".into());
    let at = 10_000;
    assert_eq!(
        book.take(tells("a", &[cooling("p/x", 7_000)]), at),
        Some(true)
    );
    assert_eq!(
        book.take(tells("b", &[cooling("p/x", 3_000)]), at),
        Some(true)
    );
    assert_eq!(book.take(tells("c", &[]), at), Some(false));
    assert_eq!(book.others("a", at), [cooling("p/x", 3_000)]);
    assert_eq!(book.others("b", at + 1_000), [cooling("p/x", 6_000)]);
    assert_eq!(book.others("c", at), [cooling("p/x", 7_000)]);
}

#[test]
fn who_is_silent_is_forgotten_and_who_has_nothing_to_tell_is_not_kept() {
    let mut book = Book::new("s".into());
    book.take(tells("a", &[cooling("p/x", 60_000)]), 10_000);
    book.take(tells("b", &[]), 14_999);
    assert_eq!(book.others("b", 14_999).len(), 1);
    book.take(tells("b", &[]), 15_000);
    assert_eq!(book.others("b", 15_000), []);
    assert!(book.entries.is_empty());
}

#[test]
fn reports_are_bounded_in_number() {
    let mut book = Book::new("s".into());
    let targets = [cooling("p/x", 1)];
    for number in 0..MOST_TELLERS {
        let report = tells(&number.to_string(), &targets);
        assert!(book.take(report, 10_000).is_some());
    }
    assert_eq!(book.take(tells("more", &targets), 10_000), None);
    assert!(book.take(tells("7", &targets), 10_000).is_some());
    let mut other = Book::new("t".into());
    other.take(tells("more", &targets), 10_000);
    carry(&mut other, &mut book, 10_000);
    assert_eq!(book.entries.len(), MOST_TELLERS);
}

#[test]
fn another_sidecar_learns_of_it_and_of_what_has_changed() {
    let (mut one, mut other) = (Book::new("s".into()), Book::new("t".into()));
    one.take(tells("a", &[cooling("p/x", 7_000)]), 10_000);
    assert_eq!(carry(&mut one, &mut other, 10_100), 1);
    assert_eq!(other.others("b", 10_100), [cooling("p/x", 6_900)]);
    assert_eq!(carry(&mut one, &mut other, 10_200), 0, "nothing is new");
    let same = tells("a", &[cooling("p/x", 6_800)]);
    assert_eq!(one.take(same, 10_200), Some(false));
    assert_eq!(carry(&mut one, &mut other, 10_300), 0, "nothing is new");
    let longer = tells("a", &[cooling("p/x", 9_000)]);
    assert_eq!(one.take(longer, 10_300), Some(true));
    assert_eq!(carry(&mut one, &mut other, 10_300), 1);
    one.take(tells("a", &[]), 10_600);
    assert_eq!(carry(&mut one, &mut other, 10_600), 1);
    assert_eq!(other.others("b", 10_600), []);
}

#[test]
fn what_does_not_change_is_renewed_before_it_is_forgotten() {
    let (mut one, mut other) = (Book::new("s".into()), Book::new("t".into()));
    let mut carried = 0;
    for now in (10_000..20_000).step_by(200) {
        let left = 60_000 - (now - 10_000);
        one.take(tells("a", &[cooling("p/x", left)]), now);
        carried += carry(&mut one, &mut other, now);
        assert_eq!(other.others("b", now).len(), 1, "at {now}");
    }
    assert_eq!(carried, 5);
}

#[test]
fn a_process_that_goes_to_another_sidecar_is_not_told_its_own() {
    let (mut one, mut other) = (Book::new("s".into()), Book::new("t".into()));
    one.take(tells("a", &[cooling("p/x", 60_000)]), 10_000);
    carry(&mut one, &mut other, 10_000);
    assert_eq!(other.others("a", 10_100), []);
    other.take(tells("a", &[cooling("p/x", 90_000)]), 10_200);
    carry(&mut other, &mut one, 10_200);
    assert_eq!(one.others("b", 10_200), [cooling("p/x", 90_000)]);
    // What is written last may be older than what is there.
    carry(&mut one, &mut other, 10_300);
    assert_eq!(other.others("b", 10_300), [cooling("p/x", 89_900)]);
}

#[test]
fn what_could_not_be_written_is_written_the_next_time() {
    let (mut one, mut other) = (Book::new("s".into()), Book::new("t".into()));
    one.take(tells("a", &[cooling("p/x", 7_000)]), 10_000);
    let lost = one.due(10_000);
    one.untell(&lost);
    assert_eq!(carry(&mut one, &mut other, 10_100), 1);
    assert_eq!(other.others("b", 10_100).len(), 1);
}

#[test]
fn nonsense_and_what_is_old_is_not_heard() {
    let (mut one, mut other) = (Book::new("s".into()), Book::new("t".into()));
    one.take(tells("a", &[cooling("p/x", 7_000)]), 10_000);
    let written = one.due(10_000);
    other.hear("{", 10_000, 10_000);
    other.hear(&written[0].text, 5_000, 10_000);
    assert_eq!(other.others("b", 10_000), []);
}
