using System.Security.Cryptography.X509Certificates;
using Scheduler.Hosting.Roles;
using Scheduler.Tests.TestKit;

namespace Scheduler.Tests.Unit.Hosting.Roles;

public sealed class PeerIdentityTests
{
    [Fact]
    public void A_certificate_says_what_its_holder_may_do_and_who_it_is()
    {
        using var authority = new TestAuthority();
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(
            authority.Issue("cell-7", PeerRoles.Rep | PeerRoles.Client).CertificateFile!
        );
        var identity = PeerIdentity.Of(certificate);
        Assert.Equal(PeerRoles.Rep | PeerRoles.Client, identity.Roles);
        Assert.Equal(["cell-7"], identity.Names);
        Assert.Same(identity, PeerIdentity.Of(certificate));
    }
}
