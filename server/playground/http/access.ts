/**
 * Who may use a route or a socket event; declared beside each of them, and asked by the router and the socket before
 * anything of it runs.
 *
 * - `anyone`: nothing of a workspace is shown or changed; what the route needs beyond that it asks itself
 * - `owner`: the session that the workspace of the path, or of the socket, belongs to. For others there is no such
 *   workspace: 404, whether it exists or not
 */
export type Access = "anyone" | "owner";
