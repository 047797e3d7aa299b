using System.Security.Cryptography.X509Certificates;

namespace Scheduler.Hosting.Roles;

/// <summary>Reads roles from a certificate, and writes them into the subjects of certificates that we issue.</summary>
public static class CertificateRoles
{
    private const string OrganizationalUnitOid = "2.5.4.11";

    public static PeerRoles Of(X509Certificate2 certificate)
    {
        var roles = PeerRoles.None;
        foreach (var name in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
            if (!name.HasMultipleElements && name.GetSingleElementType().Value == OrganizationalUnitOid)
                roles |= Parse(name.GetSingleElementValue());
        return roles;
    }

    /// <summary>A unit that is no role of ours gives none: certificates may carry other units too.</summary>
    public static PeerRoles Parse(string? unit) => unit switch
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
