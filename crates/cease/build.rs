//! The messages are read while compiling; a changed sentence must rebuild what says it.
fn main() {
    for changed in ["../../locales", "templates", "assets", "../../rules"] {
        println!("cargo::rerun-if-changed={changed}");
    }
}
