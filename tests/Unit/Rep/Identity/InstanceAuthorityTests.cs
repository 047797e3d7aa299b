using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Scheduler.Models;
using Scheduler.Rep.Identity;

namespace Scheduler.Tests.Unit.Rep.Identity;

public sealed class InstanceAuthorityTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly InstanceSubject Subject = new("guid-1", ["organization:o", "space:s", "app:a"], IPAddress.Parse("10.254.0.7"));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Issues_what_the_platform_expects(bool rsa)
    {
        using var files = new AuthorityFiles(Now.AddDays(-1), TimeSpan.FromDays(365), rsa: rsa);
        using var authority = InstanceAuthority.Load(files.Certificate, files.Key, Now);

        var issued = authority.Issue(Subject, Now, TimeSpan.FromDays(1));

        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(issued.Certificates);
        Assert.Equal(2, chain.Count);
        using var leaf = X509Certificate2.CreateFromPem(issued.Certificates, issued.Key); // throws if they do not fit
        Assert.Equal("CN=guid-1, OU=app:a, OU=space:s, OU=organization:o", leaf.Subject);
        Assert.Equal(
            (Now.AddMinutes(-5).UtcDateTime, Now.AddDays(1).UtcDateTime),
            (leaf.NotBefore.ToUniversalTime(), leaf.NotAfter.ToUniversalTime())
        );
        Assert.Equal(new Validity(Now, Now.AddDays(1)), issued.Validity);
        var names = leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["guid-1"], names.EnumerateDnsNames());
        Assert.Equal([Subject.Address], names.EnumerateIPAddresses());
        Assert.False(leaf.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.Equal(
            ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"],
            leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(usage => usage.Value!)
        );

        using var trust = new X509Chain();
        trust.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        trust.ChainPolicy.CustomTrustStore.Add(chain[1]);
        trust.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        trust.ChainPolicy.VerificationTime = Now.AddHours(1).UtcDateTime;
        Assert.True(trust.Build(leaf), string.Join(", ", trust.ChainStatus.Select(status => status.StatusInformation)));
    }

    [Fact]
    public void Issues_for_names_that_are_no_hostnames()
    {
        using var files = new AuthorityFiles(Now.AddDays(-1), TimeSpan.FromDays(365));
        using var authority = InstanceAuthority.Load(files.Certificate, files.Key, Now);
        foreach (var guid in (string[])[new string('a', 128), "a..b", "a_b.", "1"])
        {
            var subject = Subject with { Guid = guid };
            var issued = authority.Issue(subject, Now, TimeSpan.FromDays(1));
            Assert.NotNull(authority.Recognize(issued.Certificates, issued.Key, subject));
        }
    }

    [Fact]
    public void Never_outlives_itself()
    {
        using var files = new AuthorityFiles(Now.AddDays(-1), TimeSpan.FromDays(1) + TimeSpan.FromHours(1));
        using var authority = InstanceAuthority.Load(files.Certificate, files.Key, Now);
        Assert.Equal(Now.AddHours(1), authority.Issue(Subject, Now, TimeSpan.FromDays(1)).Validity.To);
        Assert.Throws<CryptographicException>(() => authority.Issue(Subject, Now.AddHours(1), TimeSpan.FromDays(1)));
    }

    [Fact]
    public void Recognizes_only_its_own_certificate_of_the_same_container()
    {
        using var files = new AuthorityFiles(Now.AddDays(-1), TimeSpan.FromDays(365));
        using var others = new AuthorityFiles(Now.AddDays(-1), TimeSpan.FromDays(365));
        using var authority = InstanceAuthority.Load(files.Certificate, files.Key, Now);
        using var other = InstanceAuthority.Load(others.Certificate, others.Key, Now);
        var (issued, second) = (authority.Issue(Subject, Now, TimeSpan.FromDays(1)), authority.Issue(Subject, Now, TimeSpan.FromDays(1)));

        Assert.Equal(issued.Validity, authority.Recognize(issued.Certificates, issued.Key, Subject));
        Assert.Null(other.Recognize(issued.Certificates, issued.Key, Subject));
        Assert.Null(authority.Recognize(issued.Certificates, second.Key, Subject));
        Assert.Null(authority.Recognize(issued.Certificates, issued.Key, Subject with { Address = IPAddress.Parse("10.254.0.8") }));
        Assert.Null(authority.Recognize("", "", Subject));
        Assert.Null(authority.Recognize(issued.Certificates[..100], issued.Key, Subject));
    }

    [Fact]
    public void Says_which_file_is_unusable_and_never_what_is_in_it()
    {
        using var files = new AuthorityFiles(Now.AddDays(-1), TimeSpan.FromDays(2));
        using var others = new AuthorityFiles(Now.AddDays(-1), TimeSpan.FromDays(2));
        using var leaf = new AuthorityFiles(Now.AddDays(-1), TimeSpan.FromDays(2), isAuthority: false);
        var secret = Path.Combine(Path.GetDirectoryName(files.Key)!, "text");
        File.WriteAllText(secret, "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----");

        Refused("instance-ca-cert", files.Certificate + "x", files.Key);
        Refused("instance-ca-cert", files.Key, files.Key);
        Refused("instance-ca-key", files.Certificate, files.Key + "x");
        Refused("instance-ca-key", files.Certificate, others.Key);
        Refused("instance-ca-key", files.Certificate, files.Certificate);
        Assert.DoesNotContain("c2VjcmV0", Refused("instance-ca-key", files.Certificate, secret), StringComparison.Ordinal);
        Assert.Contains(
            "not the certificate of an authority",
            Refused("instance-ca-cert", leaf.Certificate, leaf.Key),
            StringComparison.Ordinal
        );
        Assert.Contains(
            "expired at 2030-01-03",
            Refused("instance-ca-cert", files.Certificate, files.Key, Now.AddDays(2)),
            StringComparison.Ordinal
        );

        static string Refused(string field, string certificate, string key, DateTimeOffset? now = null)
        {
            var refused = Assert.Throws<DomainException>(() => InstanceAuthority.Load(certificate, key, now ?? Now));
            Assert.StartsWith(field, refused.Message, StringComparison.Ordinal);
            return refused.Message;
        }
    }

    [Theory]
    [InlineData(24, 23.5)]
    [InlineData(5, 4.5)]
    [InlineData(4, 3.5)]
    [InlineData(0.5, 0.4375)]
    public void Renews_in_time(double hours, double after) =>
        Assert.Equal(Now.AddHours(after), new Validity(Now, Now.AddHours(hours)).RenewAt);
}
