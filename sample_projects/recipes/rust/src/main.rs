mod reading;

fn main() {
    println!("{}", reading::latest());
}
