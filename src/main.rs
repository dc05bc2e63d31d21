fn main() {
    println!("{}", std::env::consts::ARCH)
}
