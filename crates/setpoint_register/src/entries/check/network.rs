use super::Entry;
use crate::fields::Fields;
use crate::shapes::{Flag, Pattern, Said, Text, Time, Whole, Word};
use setpoint_model::register::{DnsCheck, DnsRecord, PortCheck, TcpCheck, TlsCheck, Transport};

impl Entry for TcpCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let tcp = fields.required("tcp", Pattern::HOST_AND_PORT);
        let send = fields.optional("send", Text);
        let answer = fields.optional("answer", Said);
        let within = fields.optional("within", Time);
        Some(TcpCheck { tcp: tcp?, send, answer, within })
    }
}

impl Entry for TlsCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let tls = fields.required("tls", Pattern::HOST_AND_PORT);
        let server_name = fields.optional("server_name", Pattern::HOST);
        let names = fields.list("names", Pattern::HOST);
        let days = fields.optional("days", Whole::between(1, 3650));
        let oldest = fields.optional("oldest", Word::new());
        let within = fields.optional("within", Time);
        Some(TlsCheck { tls: tls?, server_name, names, days, oldest, within })
    }
}

impl Entry for DnsCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let dns = fields.required("dns", Pattern::HOST);
        let record = fields.optional("record", Word::new()).unwrap_or(DnsRecord::A);
        let answers = fields.list("answers", Text);
        let server = fields.optional("server", Pattern::HOST_AND_PORT);
        let within = fields.optional("within", Time);
        Some(DnsCheck { dns: dns?, record, answers, server, within })
    }
}

impl Entry for PortCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let port = fields.required("port", Whole::between(1, 65535));
        let transport = fields.optional("transport", Word::new()).unwrap_or(Transport::Tcp);
        let listening = fields.optional("listening", Flag).unwrap_or(true);
        let addresses = fields.list("addresses", Pattern::IP_ADDRESS);
        let program = fields.optional("program", Text);
        if !listening && (!addresses.is_empty() || program.is_some()) {
            let what = "where nobody listens, there is no address or program";
            fields.senseless("listening", what, "`listening = false` without `addresses` and `program`");
        }
        Some(PortCheck { port: port?, transport, listening, addresses, program })
    }
}
