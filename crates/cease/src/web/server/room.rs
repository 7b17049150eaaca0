//! How many connections there may be: in all, where more wait to be accepted, and from one address, where more are
//! hung up on. A proxy carries everybody's, so those of ours are not counted; nor, while none is named, is this machine.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use ipnet::IpNet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub struct Room {
    all: Arc<Semaphore>,
    size: usize,
    by: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
    proxies: Vec<IpNet>,
}

/// One connection's; free again when it goes, and what it has begun is done.
pub struct Place {
    by: Arc<Mutex<HashMap<IpAddr, usize>>>,
    who: Option<IpAddr>,
    _free: OwnedSemaphorePermit,
}

impl Room {
    pub fn new(size: usize, most: usize, proxies: Vec<IpNet>) -> Self {
        Self { all: Arc::new(Semaphore::new(size)), size, by: Arc::default(), most, proxies }
    }

    /// Waits until one more is borne.
    pub async fn free(&self) -> Option<OwnedSemaphorePermit> {
        self.all.clone().acquire_owned().await.ok()
    }

    #[cfg(test)]
    pub fn has_free(&self) -> bool {
        self.all.available_permits() > 0
    }

    /// None where this address has as many as it may.
    pub fn place(&self, address: IpAddr, free: OwnedSemaphorePermit) -> Option<Place> {
        let who = self.counted(address.to_canonical());
        if let Some(who) = who {
            let mut by = self.by.lock().unwrap_or_else(PoisonError::into_inner);
            let has = by.entry(who).or_default();
            if *has >= self.most {
                return None;
            }
            *has += 1;
        }
        Some(Place { by: self.by.clone(), who, _free: free })
    }

    /// As whom an address counts: a household has 2^64 of IPv6.
    fn counted(&self, address: IpAddr) -> Option<IpAddr> {
        let trusted = if self.proxies.is_empty() {
            address.is_loopback()
        } else {
            self.proxies.iter().any(|net| net.contains(&address))
        };
        match address {
            _ if trusted => None,
            IpAddr::V4(_) => Some(address),
            IpAddr::V6(ip) => Some(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into()),
        }
    }

    /// Until all have gone.
    pub async fn empty(&self) {
        let _ = self.all.acquire_many(u32::try_from(self.size).unwrap_or(u32::MAX)).await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(who) = self.who else { return };
        let mut by = self.by.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(has) = by.get_mut(&who) {
            *has -= 1;
            if *has == 0 {
                by.remove(&who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_has_enough_gets_no_more_until_one_goes_and_others_are_not_touched() {
        let room = Room::new(100, 2, vec!["10.0.0.1/32".parse().unwrap()]);
        let place = async |address: &str| room.place(address.parse().unwrap(), room.free().await.unwrap());
        let one = place("192.0.2.7").await.unwrap();
        let _two = place("::ffff:192.0.2.7").await.unwrap();
        assert!(place("192.0.2.7").await.is_none());
        assert!(place("192.0.2.8").await.is_some());
        drop(one);
        let _again = place("192.0.2.7").await.unwrap();
        // One household's IPv6.
        let _home = (place("2001:db8::1").await.unwrap(), place("2001:db8::ffff:1").await.unwrap());
        assert!(place("2001:db8:0:0:5::1").await.is_none());
        assert!(place("2001:db8:0:1::1").await.is_some());
        // A proxy carries everybody's; this machine is none here.
        let mut many = Vec::new();
        for _ in 0..5 {
            many.push(place("10.0.0.1").await.unwrap());
        }
        let _here = (place("127.0.0.1").await.unwrap(), place("127.0.0.1").await.unwrap());
        assert!(place("127.0.0.1").await.is_none());
        // Nothing is remembered of who has gone.
        drop((many, _two, _again, _home, _here));
        assert!(room.by.lock().unwrap().is_empty());
        room.empty().await;
    }
}
