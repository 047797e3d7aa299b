using System.Security.Cryptography.X509Certificates;

namespace Scheduler.Hosting.Roles;

/// <summary>The roles in a certificate's subject: read from peers' certificates, and written to issued ones.</summary>
public static class CertificateRoles
{
    private const string CommonNameOid = "2.5.4.3";
    private const string OrganizationalUnitOid = "2.5.4.11";

    public static PeerRoles Of(X509Certificate2 certificate) =>
        ValuesOf(certificate, OrganizationalUnitOid).Aggregate(PeerRoles.None, (roles, unit) => roles | Parse(unit));

    /// <summary>The common names. In a cell's certificate they are the ids of the cells it may act as.</summary>
    public static IReadOnlyList<string> NamesOf(X509Certificate2 certificate) => [.. ValuesOf(certificate, CommonNameOid)];

    private static IEnumerable<string> ValuesOf(X509Certificate2 certificate, string oid)
    {
        foreach (var name in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
            if (!name.HasMultipleElements && name.GetSingleElementType().Value == oid && name.GetSingleElementValue() is { } value)
                yield return value;
    }

    /// <summary>An unknown unit grants no role: certificates may carry other units too.</summary>
    public static PeerRoles Parse(string? unit) =>
        unit switch
        {
            "bbs" => PeerRoles.Bbs,
            "auctioneer" => PeerRoles.Auctioneer,
            "rep" => PeerRoles.Rep,
            "converger" => PeerRoles.Converger,
            "route-emitter" => PeerRoles.RouteEmitter,
            "client" => PeerRoles.Client,
            _ => PeerRoles.None,
        };

    public static IEnumerable<string> Units(PeerRoles roles)
    {
        foreach (var unit in (string[])["bbs", "auctioneer", "rep", "converger", "route-emitter", "client"])
            if (roles.HasFlag(Parse(unit)))
                yield return unit;
    }
}
