//! Golden files, in `tests/fixtures`.

use crate::files;

const FOLDER: &str = "tests/fixtures";

/// The text of a fixture.
pub(crate) fn fixture(path: &str) -> String {
    String::from_utf8(files::read(&format!("{FOLDER}/{path}"))).expect("fixtures are UTF-8")
}

/// The names in a folder of fixtures that end like this, without the ending.
pub(crate) fn fixtures(folder: &str, ending: &str) -> Vec<String> {
    files::list(&format!("{FOLDER}/{folder}"))
        .iter()
        .filter_map(|name| name.strip_suffix(ending))
        .map(str::to_owned)
        .collect()
}

/// Compares with a golden file, or writes it where `BLESS` is set.
pub(crate) fn assert_golden(path: &str, seen: &str) {
    let file = format!("{FOLDER}/{path}");
    if std::env::var_os("BLESS").is_some() {
        let absolute = format!("{}/{file}", env!("CARGO_MANIFEST_DIR"));
        std::fs::write(absolute, seen).expect("golden files can be written");
        return;
    }
    assert!(
        files::exists(&file),
        "no golden file {file}: run `make bless`"
    );
    let expected = fixture(path);
    assert!(
        expected == seen,
        "{file} differs.\n--- expected\n{expected}\n--- seen\n{seen}"
    );
}
