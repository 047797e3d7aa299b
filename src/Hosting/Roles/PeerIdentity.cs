using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Scheduler.Models;

namespace Scheduler.Hosting.Roles;

/// <summary>
/// A caller's identity from its certificate: what it may do (the organizational units) and who it is (the common name; for a cell, its id).
/// A subject may have several common names: a process that simulates many cells has one for each.
/// </summary>
public sealed record PeerIdentity(PeerRoles Roles, IReadOnlyList<string> Names)
{
    private const string UserStateKey = "scheduler.peer-identity";

    // A connection returns the same object for each of its calls, so thousands of calls a second need not parse the certificate again.
    private static readonly ConditionalWeakTable<X509Certificate2, PeerIdentity> Known = [];

    /// <summary>Anonymous: a certificate is required and there is none.</summary>
    public static readonly PeerIdentity None = new(PeerRoles.None, []);

    public static PeerIdentity Of(X509Certificate2 certificate) =>
        Known.GetValue(certificate, static read => new PeerIdentity(CertificateRoles.Of(read), CertificateRoles.NamesOf(read)));

    /// <summary>
    /// The caller that <see cref="RoleInterceptor"/> admitted. Null on a listener without TLS and for calls within the process. Such
    /// callers cannot be told apart, so these are only for a single machine.
    /// </summary>
    public static PeerIdentity? Of(ServerCallContext context) =>
        context.UserState.TryGetValue(UserStateKey, out var found) ? (PeerIdentity)found : null;

    internal void PutInto(ServerCallContext context) => context.UserState[UserStateKey] = this;

    /// <summary>A cell may act only as itself.</summary>
    /// <param name="field">The request's field that names the cell.</param>
    /// <exception cref="DomainException">PermissionDenied: the caller's certificate belongs to another cell.</exception>
    public static void RequireCell(ServerCallContext context, string cellId, string field)
    {
        if (Of(context) is not { } caller || caller.Names.Contains(cellId, StringComparer.Ordinal))
            return;
        throw Denied(
            $"{context.Method} names the cell \"{cellId}\" ({field}), but a rep may only call for its own cell: its certificate needs the "
                + $"common name \"{cellId}\"; yours has [{string.Join(", ", caller.Names)}]"
        );
    }

    /// <exception cref="DomainException">PermissionDenied: the caller has none of the roles.</exception>
    /// <param name="what">What requires the role, such as <c>the lock "auctioneer"</c>.</param>
    public static void RequireRole(ServerCallContext context, PeerRoles roles, string what)
    {
        if (Of(context) is not { } caller || (caller.Roles & roles) != 0)
            return;
        throw Denied(
            $"{context.Method}: {what} requires a client certificate whose organizational unit is one of "
                + $"[{string.Join(", ", CertificateRoles.Units(roles))}]; "
                + $"yours has [{string.Join(", ", CertificateRoles.Units(caller.Roles))}]"
        );
    }

    private static DomainException Denied(string message) => new DomainError(ErrorKind.PermissionDenied, message).ToException();
}
