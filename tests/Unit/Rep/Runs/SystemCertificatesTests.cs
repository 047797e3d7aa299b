using Google.Protobuf;
using Scheduler.Contracts.V1;
using Scheduler.Rep.Capacity;
using Scheduler.Rep.Journal;
using Scheduler.Rep.Runs;
using Scheduler.Rep.Runtime;

namespace Scheduler.Tests.Unit.Rep.Runs;

public sealed class SystemCertificatesTests
{
    private const string Cells = "/srv/certificates";

    [Fact]
    public void Work_that_names_a_directory_finds_the_cells_certificates_there()
    {
        var work = WorkOf("/etc/certificates/");

        Assert.Equal([new BindMount(Cells, "/etc/certificates") { IsForeign = true }], SystemCertificates.Mounts(work, Cells));
        Assert.Equal([new("CF_SYSTEM_CERT_PATH", "/etc/certificates/")], SystemCertificates.Environment(work, Cells));
    }

    [Theory]
    [InlineData("", Cells)]
    [InlineData("/etc/certificates", "")]
    public void Without_a_directory_on_either_side_there_is_nothing(string path, string cells)
    {
        Assert.Empty(SystemCertificates.Mounts(WorkOf(path), cells));
        Assert.Empty(SystemCertificates.Environment(WorkOf(path), cells));
    }

    [Theory]
    [InlineData("/proc/certificates", "must not be /proc or below it, which belongs to the kernel")]
    [InlineData("/etc", "must not cover /etc/hosts, which the cell provides")]
    [InlineData("/a/../b", "must be an absolute path below / without empty parts, . and ..")]
    [InlineData("/data/certificates", "must be no volume's directory, nor in one, nor contain one")]
    public void A_directory_where_nothing_can_be_mounted_is_the_works_fault(string path, string rule)
    {
        var failure = Assert.Throws<PreparationException>(() =>
            SystemCertificates.Mounts(WorkOf(path, new VolumeMount { Driver = "files", ContainerDir = "/data" }), Cells)
        );
        Assert.True(failure.IsPermanent);
        Assert.Equal($"failed to mount system certificates: trusted_system_certificates_path {path} {rule}", failure.Message);
    }

    private static WorkDefinition WorkOf(string path, params IEnumerable<VolumeMount> volumes)
    {
        var lrp = new DesiredLRP
        {
            ProcessGuid = "web",
            Domain = "d",
            TrustedSystemCertificatesPath = path,
            VolumeMounts = { volumes },
        };
        return WorkDefinition.Of(
            new JournalEntry
            {
                ContainerGuid = "guid",
                ProcessGuid = "web",
                Domain = "d",
                Demand = new Demand("preloaded:linux", 1, 1),
                Work = lrp.ToByteArray(),
            }
        );
    }
}
