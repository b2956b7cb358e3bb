/// Variables that systemd sets for every service, or that every login or container has ("Environment Variables Set or
/// Propagated by the Service Manager" in systemd.exec(5)).
const SET_BY_THE_SYSTEM: [&str; 40] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "_",
    "HOSTNAME",
    "TERM",
    "MAIL",
    "LANG",
    "LANGUAGE",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
    "LOG_NAMESPACE",
    "NOTIFY_SOCKET",
    "MAINPID",
    "MANAGERPID",
    "PIDFILE",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "CREDENTIALS_DIRECTORY",
    "RUNTIME_DIRECTORY",
    "STATE_DIRECTORY",
    "CACHE_DIRECTORY",
    "LOGS_DIRECTORY",
    "CONFIGURATION_DIRECTORY",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "SYSTEMD_EXEC_PID",
    "SERVICE_RESULT",
    "EXIT_CODE",
    "EXIT_STATUS",
    "MONITOR_UNIT",
    "XDG_RUNTIME_DIR",
];

/// True if a process has the variable without anybody writing it into a file. It is a setting of the service only
/// where a file sets it too.
pub fn is_set_by_the_system(variable: &str) -> bool {
    SET_BY_THE_SYSTEM.contains(&variable)
}
