//! Unit tests of the packets of the tun device.

use super::*;

const OWN: [&str; 2] = ["192.0.2.2", "2001:db8:5e9::2"];

fn own() -> Vec<IpAddr> {
    OWN.map(|a| a.parse().unwrap()).to_vec()
}

fn samples() -> Vec<Vec<u8>> {
    let at = |text: &str| text.parse::<SocketAddr>().unwrap();
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    vec![
        udp(at("192.0.2.2:4000"), at("198.51.100.1:443"), b"hello").unwrap(),
        udp(at("[2001:db8:5e9::2]:4000"), at("[2001:db8:1::1]:443"), b"hello!").unwrap(),
        quoted_echo(ip("192.0.2.2"), ip("198.51.100.1"), 7, &[0, 1, 9]).unwrap(),
        quoted_echo(ip("2001:db8:5e9::2"), ip("2001:db8:1::1"), 7, &[0, 1, 9]).unwrap(),
    ]
}

#[test]
fn what_is_made_is_understood() {
    let samples = samples();
    let sent: Vec<_> = samples.iter().map(|p| parse(p, &own()).unwrap()).collect();
    for (sent, data) in sent.iter().zip([&b"hello"[..], b"hello!"]) {
        assert_eq!(sent.content, Content::Udp { source: 4000, destination: 443, data });
    }
    for sent in &sent[2..] {
        assert_eq!(sent.content, Content::Echo { ident: 7, rest: &[0, 1, 9] });
    }
}

#[test]
fn every_flipped_bit_that_matters_is_noticed() {
    for sample in samples() {
        for at in 0..sample.len() {
            for bit in 0..8 {
                let mut wrong = sample.clone();
                wrong[at] ^= 1 << bit;
                let v6_header = sample[0] >> 4 == 6 && (at == 7 || (at < 4 && !(at == 0 && bit >= 4)));
                // IPv6 has no checksum over traffic class, flow label and hop limit, and none of them matters
                assert_eq!(parse(&wrong, &own()).is_ok(), v6_header, "byte {at} bit {bit} of {sample:02x?}");
            }
        }
    }
}

#[test]
fn every_cut_and_every_longer_packet_is_refused() {
    for sample in samples() {
        for end in 0..sample.len() {
            assert!(parse(&sample[..end], &own()).is_err());
        }
        let mut longer = sample.clone();
        longer.push(0);
        assert_eq!(parse(&longer, &own()), Err(Malformed::Length));
    }
}

/// Changes bytes of an IPv4 packet and makes the header's checksum right again.
fn v4_with(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut packet = samples().swap_remove(0);
    change(&mut packet);
    packet[10..12].copy_from_slice(&[0, 0]);
    let sum = Sum::default().add(&packet[..20]).value();
    packet[10..12].copy_from_slice(&sum);
    packet
}

#[test]
fn fragments_options_and_other_protocols_are_refused_though_their_checksums_are_right() {
    assert!(parse(&v4_with(|_| {}), &own()).is_ok(), "the twin");
    assert_eq!(parse(&v4_with(|p| p[6] = 0x20), &own()), Err(Malformed::Fragment), "more fragments");
    assert_eq!(parse(&v4_with(|p| p[7] = 1), &own()), Err(Malformed::Fragment), "an offset");
    assert_eq!(parse(&v4_with(|p| p[0] = 0x46), &own()), Err(Malformed::Header), "options: a source route");
    for protocol in [0, 1, 2, 4, 6, 41, 47, 50, 58, 132, 255] {
        assert!(parse(&v4_with(|p| p[9] = protocol), &own()).is_err(), "protocol {protocol}");
    }
    assert_eq!(parse(&v4_with(|p| p[15] = 3), &own()), Err(Malformed::Source));
}

#[test]
fn extension_headers_are_refused() {
    let sample = samples().swap_remove(1);
    for (next, why) in
        [(0, Malformed::Header), (43, Malformed::Header), (44, Malformed::Fragment), (60, Malformed::Header)]
    {
        let mut packet = sample.clone();
        packet[6] = next;
        assert_eq!(parse(&packet, &own()), Err(why));
    }
}

#[test]
fn an_absent_checksum_is_for_ipv4_only() {
    let [mut v4, mut v6] = [samples().swap_remove(0), samples().swap_remove(1)];
    v4[26..28].copy_from_slice(&[0, 0]);
    v6[46..48].copy_from_slice(&[0, 0]);
    assert!(parse(&v4, &own()).is_ok());
    assert_eq!(parse(&v6, &own()), Err(Malformed::Checksum));
}

#[test]
fn a_forged_source_is_refused() {
    let at = |text: &str| text.parse::<SocketAddr>().unwrap();
    for from in ["198.51.100.9:1", "192.0.2.1:1", "127.0.0.1:1"] {
        assert_eq!(parse(&udp(at(from), at("8.8.8.8:53"), b"x").unwrap(), &own()), Err(Malformed::Source));
    }
    let forged = udp(at("[2001:db8::9]:1"), at("[2001:db8:1::1]:53"), b"x").unwrap();
    assert_eq!(parse(&forged, &own()), Err(Malformed::Source));
    assert!(parse(&samples()[1], &own()[..1]).is_err(), "IPv6 where the zone has none");
}

#[test]
fn garbage_is_refused_and_never_more() {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    for round in 0..200_000usize {
        let mut packet = samples().swap_remove(round % 4);
        for _ in 0..1 + round % 3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % packet.len();
            packet[at] = (state >> 25) as u8;
        }
        packet.truncate(packet.len() - (state >> 60) as usize % packet.len());
        let _ = parse(&packet, &own());
    }
}

#[test]
fn the_largest_datagram_and_one_byte_more() {
    let at = |text: &str| text.parse::<SocketAddr>().unwrap();
    let (from, to) = (at("198.51.100.1:443"), at("192.0.2.2:4000"));
    assert_eq!(udp(from, to, &vec![0; 65_507]).unwrap().len(), 65_535);
    assert_eq!(udp(from, to, &vec![0; 65_508]), None);
    assert_eq!(udp(from, at("[2001:db8:5e9::2]:1"), b""), None, "two families");
}

#[test]
fn errors_quote_the_packet_that_they_are_about() {
    let gate: IpAddr = "192.0.2.1".parse().unwrap();
    let about = samples().swap_remove(0);
    let packet = unreachable(gate, own()[0], Problem::TooBig(1_400), &about).unwrap();
    assert_eq!(&packet[20..22], &[3, 4]);
    assert_eq!(&packet[24..28], &1_400u32.to_be_bytes());
    assert_eq!(&packet[28..], &about[..]);
    assert!(Sum::default().add(&packet[20..]).is_right());
}
