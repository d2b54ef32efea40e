/** The settings in the terms of Docker's daemon.json, unless DRYDOCK_CONFIG or --config-file names another file. */
export const defaultConfigFile = "/etc/drydock/daemon.json";
