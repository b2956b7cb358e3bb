//! A server on a free port of the loopback that does to each connection what a test says, for as long as the test holds it.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

pub(crate) struct Server {
    address: SocketAddr,
    ended: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
    /// How many connections there were.
    pub(crate) asked: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn that(answers: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free loopback port");
        let address = listener.local_addr().expect("the port of a listener");
        let (ended, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (watch, count, answers) = (ended.clone(), asked.clone(), Arc::new(answers));
        let listening = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if watch.load(Ordering::Relaxed) {
                    return;
                }
                count.fetch_add(1, Ordering::Relaxed);
                let (mut stream, answers) = (stream.expect("a connection"), answers.clone());
                std::thread::spawn(move || answers(&mut stream));
            }
        });
        Self { address, ended, listening: Some(listening), asked }
    }

    /// Reads a request without a body, says that, and closes.
    pub(crate) fn says(answer: &'static [u8]) -> Self {
        Self::that(move |stream| {
            read_head(stream);
            let _ = stream.write_all(answer);
        })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // The listener takes notice of it with the next connection.
        let _ = TcpStream::connect(self.address);
        let _ = self.listening.take().map(JoinHandle::join);
    }
}

/// The request's head, so that closing afterwards is an end and no reset.
pub(crate) fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        head.push(byte[0]);
    }
    String::from_utf8(head).expect("a head of ASCII")
}
