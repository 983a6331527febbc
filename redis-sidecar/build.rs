//! Builds the crate again where a migration was added: they are compiled in.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
