//! Unit tests of messages of DHCP.

use super::*;

fn asker() -> Asker {
    Asker { mac: [2, 1, 2, 3, 4, 5], client: vec![0, 7, 7], host: "lab-030405".to_owned() }
}

/// An answer with these options behind the head.
fn made(options: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![2, 1, 6, 0, 0, 0, 0, 9];
    bytes.resize(16, 0);
    bytes.extend([203, 0, 113, 57]);
    bytes.resize(28, 0);
    bytes.extend(asker().mac);
    bytes.resize(236, 0);
    bytes.extend(MAGIC);
    bytes.extend(options.concat());
    bytes
}

const ACK: &[u8] = &[53, 1, 5];

#[test]
fn a_question_says_who_asks_for_what() {
    let address = Ipv4Addr::new(203, 0, 113, 57);
    let asked = Question { kind: Asked::Request, number: 9, own: address, wanted: Some(address), server: None };
    let bytes = question(&asker(), &asked);
    assert_eq!(bytes.len(), LEAST);
    assert_eq!((&bytes[..8], &bytes[12..16]), (&[1, 1, 6, 0, 0, 0, 0, 9][..], &address.octets()[..]));
    let has = |option: &[u8]| bytes.windows(option.len()).any(|window| window == option);
    assert!(has(&[53, 1, 3]) && has(&[61, 3, 0, 7, 7]) && has(&[50, 4, 203, 0, 113, 57]) && has(b"\x0c\x0alab-030405"));
    assert!(!has(&[54, 4]), "no server");
    // whoever gives an address back is told apart by the client id, and asks for nothing
    let release = question(&asker(), &Question { kind: Asked::Release, server: Some(address), ..asked });
    assert!(release.windows(6).any(|option| option == [54, 4, 203, 0, 113, 57]));
    assert!(!release.windows(10).any(|host| host == b"lab-030405"));
}

#[test]
fn an_answer_is_read() {
    let lists: &[u8] = &[3, 8, 203, 0, 113, 1, 203, 0, 113, 2, 6, 4, 9, 9, 9, 9];
    let times: &[u8] = &[51, 4, 0, 0, 0, 120, 58, 4, 0, 0, 0, 30, 59, 4, 0, 0, 0, 90];
    let found =
        answer(&made(&[ACK, &[54, 4, 203, 0, 113, 1], &[1, 4, 255, 255, 255, 0], lists, times, &[255]])).unwrap();
    let gateway = Ipv4Addr::new(203, 0, 113, 1);
    let whole = Answer {
        kind: Told::Ack,
        number: 9,
        mac: asker().mac,
        address: Ipv4Addr::new(203, 0, 113, 57),
        server: Some(gateway),
        length: Some(24),
        gateway: Some(gateway),
        resolvers: vec![Ipv4Addr::new(9, 9, 9, 9)],
        seconds: Some(120),
        renew: [Some(30), Some(90)],
    };
    assert_eq!(found, whole);
}

#[test]
fn options_may_lie_where_names_do_and_the_first_counts() {
    let mut bytes = made(&[&[52, 1, 3], ACK]);
    bytes[108..115].copy_from_slice(&[51, 4, 0, 0, 0, 120, 255]);
    bytes[44..57].copy_from_slice(&[51, 4, 0, 0, 0, 7, 3, 4, 203, 0, 113, 1, 255]);
    let found = answer(&bytes).unwrap();
    assert_eq!((found.seconds, found.gateway), (Some(120), Some(Ipv4Addr::new(203, 0, 113, 1))));
    let without = made(&[ACK]);
    bytes.splice(240.., without[240..].to_vec());
    assert_eq!(answer(&bytes).unwrap().seconds, None, "without the option that says so");
}

#[test]
fn what_is_not_whole_is_no_answer() {
    for (what, options) in [
        ("no kind", &[][..]),
        ("a client's kind", &[53, 1, 1]),
        ("no length", &[53, 1, 5, 51]),
        ("longer than what is left", &[53, 1, 5, 51, 4, 0, 0, 0]),
        ("a number of three bytes", &[53, 1, 5, 51, 3, 0, 0, 1]),
        ("a mask with a hole", &[53, 1, 5, 1, 4, 255, 0, 255, 0]),
        ("half an address", &[53, 1, 5, 6, 6, 9, 9, 9, 9, 9, 9]),
        ("an empty list", &[53, 1, 5, 3, 0]),
    ] {
        assert_eq!(answer(&made(&[options])), None, "{what}");
    }
    assert!(answer(&made(&[ACK])).is_some() && answer(&made(&[ACK, &[255, 51, 9]])).is_some(), "the twin");
    assert!(answer(&made(&[ACK, &[0, 0, 224, 2, 1, 1]])).is_some(), "what nobody knows is passed over");
    for (at, to) in [(0, 1), (1, 6), (2, 8), (236, 98)] {
        let mut bytes = made(&[ACK]);
        bytes[at] = to;
        assert_eq!(answer(&bytes), None, "byte {at}");
    }
    for cut in 0..HEAD + ACK.len() {
        assert_eq!(answer(&made(&[ACK])[..cut]), None, "{cut}");
    }
    let many = [&[6, 252][..], &[9; 252]].concat();
    assert_eq!(answer(&made(&[ACK, &many])).unwrap().resolvers.len(), MOST_RESOLVERS);
}
