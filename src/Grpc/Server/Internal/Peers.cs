using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server.Internal;

/// <summary>Who is at the other end, in the words of gRPC.</summary>
internal static class Peers
{
    private const string CommonName = "x509_common_name";
    private const string AlternativeName = "x509_subject_alternative_name";
    private const string TransportSecurity = "transport_security_type";

    public static string Name(ConnectionInfo connection)
    {
        if (connection.RemoteIpAddress is not { } address)
            return "unix:";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetwork
            ? $"ipv4:{address}:{connection.RemotePort}"
            : $"ipv6:[{address}]:{connection.RemotePort}";
    }

    /// <summary>The names in the client's certificate, which the TLS layer has verified; not authenticated if it has shown none.</summary>
    public static AuthContext Identity(HttpContext context)
    {
        if (context.Connection.ClientCertificate is not { } certificate)
            return new AuthContext(null, []);
        var properties = new Dictionary<string, List<AuthProperty>>
        {
            [TransportSecurity] = [Property(TransportSecurity, "ssl")],
        };
        string? identity = null;
        if (certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } common)
        {
            properties[CommonName] = [Property(CommonName, common)];
            identity = CommonName;
        }

        var names = new List<AuthProperty>();
        foreach (var extension in certificate.Extensions)
            if (extension is X509SubjectAlternativeNameExtension alternatives)
                foreach (var name in alternatives.EnumerateDnsNames())
                    names.Add(Property(AlternativeName, name));
        if (names.Count > 0)
        {
            properties[AlternativeName] = names;
            identity = AlternativeName;
        }

        return new AuthContext(identity, properties);
    }

    private static AuthProperty Property(string name, string value) => AuthProperty.Create(name, Encoding.UTF8.GetBytes(value));
}
