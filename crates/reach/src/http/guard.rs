//! Where a connection may go. An address that a configuration or a name server gives must not lead to
//! this machine, its network, or the cloud's own services (server-side request forgery), unless the
//! operator names the network.

use std::net::IpAddr;

use ipnet::IpNet;

/// What is not public, and why (IANA's special-purpose address registries, RFC 6890 and its successors).
const REFUSED: [(&str, &str); 21] = [
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "shared by carriers"),
    ("127.0.0.0/8", "this machine"),
    // Virtual machines find their cloud's agent there.
    ("168.63.129.16/32", "a cloud's own service"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "for documentation"),
    ("192.88.99.0/24", "a 6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "for benchmarks"),
    ("198.51.100.0/24", "for documentation"),
    ("203.0.113.0/24", "for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved or broadcast"),
    // Teredo and others that carry further addresses.
    ("2001::/23", "a tunnel or reserved"),
    ("2001:db8::/32", "for documentation"),
    ("2002::/16", "an IPv4 address in IPv6 (6to4)"),
    ("2620:4f:8000::/48", "reserved"),
    ("3fff::/20", "for documentation"),
];

/// All of IPv6 that is public lies in here: not loopback, link-local, unique local, multicast, site-local, nor
/// IPv4 in its mapped, compatible or translated (NAT64) forms.
const PUBLIC_IPV6: &str = "2000::/3";

#[derive(Clone, Debug)]
pub struct Guard {
    allow: Vec<IpNet>,
    refused: Vec<(IpNet, &'static str)>,
    ipv6: IpNet,
}

impl Guard {
    /// `allow`: networks and addresses.
    pub fn new(allow: &[String]) -> Result<Self, String> {
        let net = |text: &str| {
            let host = || text.parse::<IpAddr>().map(IpNet::from);
            text.parse::<IpNet>().or_else(|_| host()).map_err(|_| {
                format!("{text:?} is neither a network (10.20.0.0/16) nor an address; names are not taken")
            })
        };
        let refused = REFUSED.iter().map(|(text, why)| Ok((net(text)?, *why))).collect::<Result<_, String>>()?;
        Ok(Self {
            allow: allow.iter().map(|text| net(text)).collect::<Result<_, _>>()?,
            refused,
            ipv6: net(PUBLIC_IPV6)?,
        })
    }

    /// Whether an address may be spoken to, or why not. Without TLS, only where it is named.
    pub fn admits(&self, ip: IpAddr, tls: bool) -> Result<(), String> {
        if self.allow.iter().any(|net| net.contains(&ip)) {
            return Ok(());
        }
        let refused = self.refused.iter().find(|(net, _)| net.contains(&ip)).map(|(_, why)| *why);
        let not_public = ip.is_ipv6() && !self.ipv6.contains(&ip);
        match refused.or(not_public.then_some("not a public IPv6 address")) {
            Some(why) => Err(format!("leads to {ip} ({why}); name it in link.allow if that is meant")),
            None if !tls => Err(format!("leads to {ip} without TLS; use https://, or name it in link.allow")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(allow: &[&str]) -> Guard {
        Guard::new(&allow.iter().map(|&a| a.to_owned()).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn what_is_not_public_is_refused_in_every_disguise() {
        let guard = guard(&[]);
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "239.255.255.250",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "::ffff:0:7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::a00:1",
            "100::1",
            "2001::1",
            "2001:0:4136:e378::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:a00:1::1",
            "3fff::1",
            "4000::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            let why = guard.admits(ip.parse().unwrap(), true);
            assert!(why.is_err(), "{ip}");
        }
        for ip in
            ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "168.63.129.17", "2606:4700::1111", "2a00:1450::1"]
        {
            assert_eq!(guard.admits(ip.parse().unwrap(), true), Ok(()), "{ip}");
            assert!(guard.admits(ip.parse().unwrap(), false).unwrap_err().contains("without TLS"), "{ip}");
        }
    }

    #[test]
    fn a_network_is_open_only_by_its_own_name() {
        let guard = guard(&["10.20.0.0/16", "127.0.0.1", "fd12::/48"]);
        for (ip, open) in [
            ("10.20.3.4", true),
            ("10.21.0.1", false),
            ("127.0.0.1", true),
            ("127.0.0.2", false),
            ("::ffff:10.20.3.4", false),
            ("fd12::9", true),
            ("fd13::9", false),
        ] {
            assert_eq!(guard.admits(ip.parse().unwrap(), false).is_ok(), open, "{ip}");
        }
        for wrong in ["core.example", "10.0.0.0/33", "", "localhost"] {
            assert!(Guard::new(&[wrong.to_owned()]).unwrap_err().contains("is neither"), "{wrong}");
        }
    }
}
