//! Desk and field are split after they are linked (see bundler/src/split.rs), which needs to know what in them refers to what.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo:rustc-link-arg-bin=desk=--emit-relocs");
        println!("cargo:rustc-link-arg-bin=field=--emit-relocs");
    }
}
