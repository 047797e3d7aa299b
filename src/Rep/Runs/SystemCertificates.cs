using Scheduler.Contracts.Work;
using Scheduler.Rep.Runtime;

namespace Scheduler.Rep.Runs;

/// <summary>
/// The certificates that the operator of a cell trusts, for work that names a directory for them. On a cell without any the work runs
/// without them, as in Diego: the variable says whether they are there.
/// </summary>
internal static class SystemCertificates
{
    private const string Variable = "CF_SYSTEM_CERT_PATH";

    /// <param name="directory">The cell's; empty: it has none.</param>
    /// <exception cref="PreparationException">The work names no directory where something can be mounted.</exception>
    public static IReadOnlyList<BindMount> Mounts(WorkDefinition work, string directory)
    {
        if (!AreMounted(work, directory))
            return [];
        if (MountTargets.Broken(work.SystemCertificatesPath) is { } rule)
            throw Permanent(work, rule);
        if (MountTargets.Overlap([work.SystemCertificatesPath, .. work.VolumeMounts.Select(mount => mount.ContainerDir)]) is not null)
            throw Permanent(work, "must be no volume's directory, nor in one, nor contain one");
        return [new BindMount(directory, MountTargets.Normal(work.SystemCertificatesPath)) { IsForeign = true }];
    }

    public static IReadOnlyList<EnvironmentVariable> Environment(WorkDefinition work, string directory) =>
        AreMounted(work, directory) ? [new(Variable, work.SystemCertificatesPath)] : [];

    private static bool AreMounted(WorkDefinition work, string directory) => directory.Length > 0 && work.SystemCertificatesPath.Length > 0;

    private static PreparationException Permanent(WorkDefinition work, string rule) =>
        new($"failed to mount system certificates: trusted_system_certificates_path {work.SystemCertificatesPath} {rule}")
        {
            IsPermanent = true,
        };
}
