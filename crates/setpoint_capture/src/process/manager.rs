/// Variables that systemd sets for every service, or that every login has; they are no settings of the service
/// unless a file sets them too ("Environment Variables Set or Propagated by the Service Manager" in systemd.exec(5)).
const SET_BY_THE_MANAGER: [&str; 36] = [
    "PATH",
    "LANG",
    "USER",
    "LOGNAME",
    "HOME",
    "SHELL",
    "TERM",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "_",
    "INVOCATION_ID",
    "XDG_RUNTIME_DIR",
    "RUNTIME_DIRECTORY",
    "STATE_DIRECTORY",
    "CACHE_DIRECTORY",
    "LOGS_DIRECTORY",
    "CONFIGURATION_DIRECTORY",
    "CREDENTIALS_DIRECTORY",
    "MAINPID",
    "MANAGERPID",
    "LISTEN_FDS",
    "LISTEN_PID",
    "LISTEN_FDNAMES",
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "SYSTEMD_EXEC_PID",
    "JOURNAL_STREAM",
    "LOG_NAMESPACE",
    "SERVICE_RESULT",
    "EXIT_CODE",
    "EXIT_STATUS",
    "MEMORY_PRESSURE_WATCH",
    "MEMORY_PRESSURE_WRITE",
    "PIDFILE",
];

/// True for a variable that the service manager or the login sets by itself.
pub(crate) fn is_set_by_the_manager(variable: &str) -> bool {
    SET_BY_THE_MANAGER.contains(&variable)
}
