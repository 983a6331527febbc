//! The repository's files, for tests that run natively and as wasm in Node alike.
//!
//! Paths are relative to the repository's root. wasm has no file system of its own: there, Node's
//! `fs` reads. A missing file or folder fails the test that asked for it; [`exists`] asks first.

pub(crate) use host::{exists, list, read};

#[cfg(not(target_family = "wasm"))]
mod host {
    use std::fs;
    use std::path::PathBuf;

    /// The bytes of a file.
    pub(crate) fn read(path: &str) -> Vec<u8> {
        fs::read(absolute(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The names in a folder, sorted.
    pub(crate) fn list(path: &str) -> Vec<String> {
        let folder = fs::read_dir(absolute(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let mut names: Vec<_> = folder
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Whether there is such a file or folder.
    pub(crate) fn exists(path: &str) -> bool {
        absolute(path).exists()
    }

    fn absolute(path: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
    }
}

#[cfg(target_family = "wasm")]
mod host {
    use wasm_bindgen::prelude::wasm_bindgen;

    /// The bytes of a file.
    pub(crate) fn read(path: &str) -> Vec<u8> {
        read_file_sync(&absolute(path))
    }

    /// The names in a folder, sorted.
    pub(crate) fn list(path: &str) -> Vec<String> {
        let mut names = readdir_sync(&absolute(path));
        names.sort();
        names
    }

    /// Whether there is such a file or folder.
    pub(crate) fn exists(path: &str) -> bool {
        exists_sync(&absolute(path))
    }

    fn absolute(path: &str) -> String {
        format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
    }

    #[wasm_bindgen(module = "node:fs")]
    extern "C" {
        #[wasm_bindgen(js_name = readFileSync)]
        fn read_file_sync(path: &str) -> Vec<u8>;
        #[wasm_bindgen(js_name = readdirSync)]
        fn readdir_sync(path: &str) -> Vec<String>;
        #[wasm_bindgen(js_name = existsSync)]
        fn exists_sync(path: &str) -> bool;
    }
}
