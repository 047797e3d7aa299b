using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Scheduler.Rep.Images.Content;

/// <summary>Selects the image for a machine from an index.</summary>
/// <param name="Architecture">In the notation of images: amd64, arm64, …</param>
/// <param name="Level">
/// Highest amd64 micro-architecture level that the machine's processors support, 1 to 4; or the highest arm architecture version.
/// </param>
internal sealed record Platform(string Architecture, int Level)
{
    private const string AttestationType = "vnd.docker.reference.type";

    public static Platform OfThisMachine { get; } =
        RuntimeInformation.OSArchitecture switch
        {
            System.Runtime.InteropServices.Architecture.X64 => new Platform("amd64", X86Level()),
            System.Runtime.InteropServices.Architecture.Arm64 => new Platform("arm64", 8),
            var other => new Platform(other.ToString().ToLowerInvariant(), 0),
        };

    /// <summary>The best matches, without attestations and other artifacts that are not images.</summary>
    public IReadOnlyList<OciDescriptor> Best(IEnumerable<OciDescriptor> candidates)
    {
        List<(OciDescriptor Descriptor, int Rank)> fitting =
        [
            .. candidates.Select(candidate => (candidate, Rank(candidate))).Where(candidate => candidate.Item2 >= 0),
        ];
        return
        [
            .. fitting
                .Where(candidate => candidate.Rank == fitting.Max(other => other.Rank))
                .Select(candidate => candidate.Descriptor)
                .DistinctBy(descriptor => descriptor.Digest),
        ];
    }

    /// <summary>Whether the machine can run the platform in an image's configuration; a configuration without one is accepted.</summary>
    public bool Runs(string os, string architecture) => os is "" or "linux" && (architecture.Length == 0 || architecture == Architecture);

    public override string ToString() => $"linux/{Architecture}";

    private int Rank(OciDescriptor descriptor)
    {
        if (descriptor.Annotations?.ContainsKey(AttestationType) == true || descriptor.ArtifactType is { Length: > 0 })
            return -1;
        if (descriptor.Platform is not { } platform)
            return 0;
        if (!Runs(platform.Os, platform.Architecture))
            return -1;
        if (platform.Variant is null or "")
            return 1;
        return platform.Variant is ['v', .. var number] && int.TryParse(number, out var level) && level <= Level ? 1 + level : -1;
    }

    /// <summary>Levels as defined by the processor supplement of the System V ABI, as far as .NET can detect them.</summary>
    private static int X86Level()
    {
        if (!Sse42.IsSupported || !Popcnt.IsSupported)
            return 1;
        if (!Avx2.IsSupported || !Bmi1.IsSupported || !Bmi2.IsSupported || !Fma.IsSupported || !Lzcnt.IsSupported)
            return 2;
        return Avx512F.VL.IsSupported && Avx512BW.VL.IsSupported && Avx512CD.VL.IsSupported && Avx512DQ.VL.IsSupported ? 4 : 3;
    }
}
